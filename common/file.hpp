// Files and descriptors: opening without surprises, and writing so that nothing partial has a final name.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/bytes.hpp"

namespace whittle {

// Owns a file descriptor. Every descriptor of ours is close-on-exec.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// Opens a regular file for reading; never blocks on a FIFO or device. Error(not_found) when it is absent,
// Error(io) naming what it is when it is not a regular file.
Fd open_file(const std::filesystem::path& path);

// The whole file. Error(machine_limit) above `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::size_t limit);
// The same, or nothing when there is no such file.
std::optional<std::string> read_file_if_present(const std::filesystem::path& path, std::size_t limit);

// Reads an open file from its start to its end, by position: several sources may share one descriptor.
class FileSource final : public ByteSource {
 public:
  FileSource(std::shared_ptr<const Fd> fd, std::filesystem::path name)
      : fd_(std::move(fd)), name_(std::move(name)) {}
  explicit FileSource(const std::filesystem::path& path);
  std::size_t read(MutableBytes buffer) override;

 private:
  std::shared_ptr<const Fd> fd_;
  std::filesystem::path name_;
  std::uint64_t position_ = 0;
};

// Reads a part of an open file, by position: several may share one descriptor.
class FileRange final : public ByteSource {
 public:
  FileRange(std::shared_ptr<const Fd> fd, std::filesystem::path name, std::uint64_t offset,
            std::uint64_t size)
      : fd_(std::move(fd)), name_(std::move(name)), position_(offset), left_(size) {}
  std::size_t read(MutableBytes buffer) override;
  // Goes on behind that many bytes; false, and nothing changes, when fewer are left.
  bool jump(std::uint64_t bytes);

 private:
  std::shared_ptr<const Fd> fd_;
  std::filesystem::path name_;
  std::uint64_t position_;
  std::uint64_t left_;
};

// A file without a name in `folder`, which must exist: whatever ends the process, nothing of it stays.
Fd nameless_file(const std::filesystem::path& folder);
// Writes all of the bytes at a position. Error(io) naming `what`.
void write_at(const Fd& fd, Bytes bytes, std::uint64_t offset, const std::filesystem::path& what);

// A file that appears under its final name complete, or not at all: written to a temporary name in the folder
// it will live in, then renamed. The destructor removes what was not committed.
class AtomicFile final : public ByteSink {
 public:
  enum class Durability {
    synced,   // file and folder reach the disk before commit returns: for what the user is told exists
    content,  // for entries that are checked against their digest when read: a torn one is a miss
  };

  // Creates the temporary file in `folder`, which must exist. The mode is exactly `mode`, whatever the umask.
  explicit AtomicFile(std::filesystem::path folder, mode_t mode = 0644);
  ~AtomicFile() override;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(Bytes bytes) override;
  std::uint64_t size() const { return size_; }
  // Gives the file its name inside the folder, replacing what was there.
  void commit(const std::string& name, Durability durability);
  // Gives the file any name on the same file system.
  void commit_to(const std::filesystem::path& path, Durability durability);

 private:
  std::filesystem::path folder_;
  std::filesystem::path temporary_;
  Fd fd_;
  std::uint64_t size_ = 0;
};

// Writes a whole small file atomically.
void write_file(const std::filesystem::path& path, std::string_view text, AtomicFile::Durability durability,
                mode_t mode = 0644);

// Creates the folder and its parents (mode 0755 less the umask); returns silently when it is there.
void make_directories(const std::filesystem::path& folder);

// Holds an exclusive kernel lock on a file (created when absent) until destroyed. Released by the kernel when
// the process dies. Waits; `waiting` is called once when it has to wait longer than two seconds.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& path, const std::function<void()>& waiting = {});
  // A lock that several may hold at once, and that keeps out an exclusive one.
  static FileLock shared(const std::filesystem::path& path, const std::function<void()>& waiting = {});
  // The exclusive lock of a file or folder if it is there and the lock is free, otherwise nothing.
  static std::optional<FileLock> try_lock(const std::filesystem::path& path);

 private:
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

// A private temporary folder, removed with everything in it when destroyed. Locked until then, which tells
// others that it has an owner.
class TemporaryFolder {
 public:
  // Created inside `parent`, which must exist.
  explicit TemporaryFolder(const std::filesystem::path& parent);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  Fd lock_;
};

}  // namespace whittle
