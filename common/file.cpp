#include "common/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <span>
#include <thread>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle {
namespace {

std::string_view kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  return "not a regular file";
}

std::string naming(std::string_view verb, const std::filesystem::path& path) {
  return fmt::format("{} {}", verb, escaped(path.native(), false, 4096));
}

std::string random_suffix() {
  std::array<unsigned char, 8> random{};
  if (getentropy(random.data(), random.size()) != 0) throw_errno(errno, "asking the system for random bytes");
  std::string text;
  for (const auto byte : random) text += fmt::format("{:02x}", byte);
  return text;
}

void sync_folder(const std::filesystem::path& folder) {
  const Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) throw_errno(errno, naming("opening", folder));
  if (::fsync(fd.get()) != 0 && errno != EINVAL) throw_errno(errno, naming("syncing", folder));
}

// Locks a temporary file or folder that was just made, which tells others that it has an owner. False when
// one of those who remove what has none came first: then it is gone, or is about to be.
bool claim(const Fd& fd, const std::filesystem::path& path) {
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 || errno != ENOENT;
}

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

Fd open_file(const std::filesystem::path& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) {
    if (errno == ENOENT || errno == ENOTDIR) {
      Error error(ErrorKind::not_found, "no such file");
      error.context(naming("opening", path));
      throw error;
    }
    throw_errno(errno, naming("opening", path));
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw_errno(errno, naming("examining", path));
  if (!S_ISREG(status.st_mode)) {
    Error error(ErrorKind::io, fmt::format("it is {}", kind_of(status.st_mode)));
    error.context(naming("opening", path));
    throw error;
  }
  return fd;
}

std::string read_file(const std::filesystem::path& path, std::size_t limit) {
  const auto fd = std::make_shared<const Fd>(open_file(path));
  struct stat status {};
  if (::fstat(fd->get(), &status) != 0) throw_errno(errno, naming("examining", path));
  FileSource source(fd, path);
  // One read for the whole file where its size is stated; files of /proc state none.
  std::string text(std::min(static_cast<std::size_t>(status.st_size), limit) + 4096, '\0');
  std::size_t used = 0;
  while (const std::size_t count = source.read(std::as_writable_bytes(std::span(text)).subspan(used))) {
    used += count;
    if (used > limit)
      throw Error(ErrorKind::machine_limit, fmt::format("{} is larger than the limit of {} bytes",
                                                        escaped(path.native(), false, 4096), limit));
    if (used == text.size()) text.resize(2 * used);
  }
  text.resize(used);
  return text;
}

std::optional<std::string> read_file_if_present(const std::filesystem::path& path, std::size_t limit) {
  try {
    return read_file(path, limit);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::not_found) return std::nullopt;
    throw;
  }
}

FileSource::FileSource(const std::filesystem::path& path)
    : fd_(std::make_shared<const Fd>(open_file(path))), name_(path) {}

std::size_t FileSource::read(MutableBytes buffer) {
  for (;;) {
    const auto count = ::pread(fd_->get(), buffer.data(), buffer.size(), static_cast<off_t>(position_));
    if (count >= 0) {
      position_ += static_cast<std::uint64_t>(count);
      return static_cast<std::size_t>(count);
    }
    if (errno != EINTR) throw_errno(errno, naming("reading", name_));
  }
}

std::size_t FileRange::read(MutableBytes buffer) {
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left_));
  for (;;) {
    const auto count = ::pread(fd_->get(), buffer.data(), wanted, static_cast<off_t>(position_));
    if (count >= 0) {
      position_ += static_cast<std::uint64_t>(count);
      left_ -= static_cast<std::uint64_t>(count);
      return static_cast<std::size_t>(count);
    }
    if (errno != EINTR) throw_errno(errno, naming("reading", name_));
  }
}

bool FileRange::jump(std::uint64_t bytes) {
  if (bytes > left_) return false;
  position_ += bytes;
  left_ -= bytes;
  return true;
}

Fd nameless_file(const std::filesystem::path& folder) {
  Fd fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd) return fd;
  // A file system or kernel without such files: one that loses its name at once.
  const auto path = folder / (".tmp-" + random_suffix());
  fd = Fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) throw_errno(errno, naming("creating a temporary file in", folder));
  if (::unlink(path.c_str()) != 0) throw_errno(errno, naming("removing the name of", path));
  return fd;
}

void write_at(const Fd& fd, Bytes bytes, std::uint64_t offset, const std::filesystem::path& what) {
  while (!bytes.empty()) {
    const auto count = ::pwrite(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0) {
      if (errno == EINTR) continue;
      throw_errno(errno, fmt::format("{} (after {} bytes)", naming("writing", what), offset));
    }
    offset += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

AtomicFile::AtomicFile(std::filesystem::path folder, mode_t mode) : folder_(std::move(folder)) {
  do {
    temporary_ = folder_ / (".tmp-" + random_suffix());
    fd_ = Fd(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd_) {
      const int error_number = errno;
      temporary_.clear();
      throw_errno(error_number, naming("creating a file in", folder_));
    }
  } while (!claim(fd_, temporary_));
  if (::fchmod(fd_.get(), mode) != 0) {
    const int error_number = errno;
    ::unlink(temporary_.c_str());
    throw_errno(error_number, naming("setting the mode of", temporary_));
  }
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(Bytes bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(fd_.get(), bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      throw_errno(errno, fmt::format("writing {} (after {} bytes)", escaped(temporary_.native(), false, 4096),
                                     size_));
    }
    size_ += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void AtomicFile::commit(const std::string& name, Durability durability) {
  commit_to(folder_ / name, durability);
}

void AtomicFile::commit_to(const std::filesystem::path& path, Durability durability) {
  if (durability == Durability::synced && ::fsync(fd_.get()) != 0)
    throw_errno(errno, naming("syncing", path));
  if (::rename(temporary_.c_str(), path.c_str()) != 0)
    throw_errno(errno, naming("renaming a finished file to", path));
  temporary_.clear();
  fd_ = Fd();
  if (durability == Durability::synced) sync_folder(path.parent_path().empty() ? "." : path.parent_path());
}

void write_file(const std::filesystem::path& path, std::string_view text, AtomicFile::Durability durability,
                mode_t mode) {
  const auto folder = path.parent_path();
  AtomicFile file(folder.empty() ? "." : folder, mode);
  file.write(as_bytes(text));
  file.commit_to(path, durability);
}

void make_directories(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw_errno(error.value(), naming("creating the folder", folder));
}

namespace {

Fd open_folder(const std::filesystem::path& path) {
  return Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
}

// Waits for a kernel lock: quickly at first, then telling somebody, in the end giving up.
Fd wait_for_lock(const std::filesystem::path& path, int operation, const std::function<void()>& waiting) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd) throw_errno(errno, naming("opening the lock", path));
  using namespace std::chrono_literals;
  const auto start = std::chrono::steady_clock::now();
  bool told = false;
  for (;;) {
    if (::flock(fd.get(), operation | LOCK_NB) == 0) return fd;
    if (errno != EWOULDBLOCK && errno != EINTR) throw_errno(errno, naming("locking", path));
    const auto waited = std::chrono::steady_clock::now() - start;
    if (!told && waited > 2s) {
      told = true;
      if (waiting) waiting();
    }
    if (waited > 10min) {
      Error error(ErrorKind::io, "another process has held the lock for ten minutes");
      error.context(naming("locking", path));
      error.hint("find the process that holds it (`fuser` on the file names it) and end it");
      throw error;
    }
    std::this_thread::sleep_for(told ? 100ms : 2ms);
  }
}

}  // namespace

FileLock::FileLock(const std::filesystem::path& path, const std::function<void()>& waiting)
    : fd_(wait_for_lock(path, LOCK_EX, waiting)) {}

FileLock FileLock::shared(const std::filesystem::path& path, const std::function<void()>& waiting) {
  return FileLock(wait_for_lock(path, LOCK_SH, waiting));
}

std::optional<FileLock> FileLock::try_lock(const std::filesystem::path& path) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!fd && errno == EISDIR) fd = open_folder(path);
  if (!fd && errno == ENOENT) return std::nullopt;
  if (!fd) throw_errno(errno, naming("opening the lock", path));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return FileLock(std::move(fd));
  if (errno == EWOULDBLOCK || errno == EBADF) return std::nullopt;  // EBADF: folders of NFS have no locks
  throw_errno(errno, naming("locking", path));
}

TemporaryFolder::TemporaryFolder(const std::filesystem::path& parent) {
  do {
    path_ = parent / (".tmp-" + random_suffix());
    if (::mkdir(path_.c_str(), 0700) != 0) throw_errno(errno, naming("creating the folder", path_));
    lock_ = open_folder(path_);
    if (!lock_ && errno != ENOENT) {
      const int error_number = errno;
      ::rmdir(path_.c_str());
      throw_errno(error_number, naming("opening the folder", path_));
    }
  } while (!claim(lock_, path_));
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace whittle
