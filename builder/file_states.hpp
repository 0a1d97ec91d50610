// Remembers the digests of files by their state, so that what did not change is not read again.
//
// A state is device, inode, size, mode, modification and change time. It is believed only when the change
// time lies well before the moment the file was read, and not in the future: a change within the same clock
// tick, or under a clock that was set back, is therefore never missed. Hostile case 48 and the issue of
// "nothing changed".
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "common/digest.hpp"
#include "common/sha256.hpp"

namespace whittle::builder {

// Thread-safe. Answers are remembered for the life of the object: within one build a file has one digest, and
// is examined once.
class FileStates {
 public:
  enum class Kind : unsigned char {
    file = 'f',          // a regular file's bytes, symbolic links followed
    listing = 'd',       // the sorted names and kinds of a folder's entries, sub-folders left out
    full_listing = 'D',  // the same with sub-folders, for folders that are searched recursively
  };

  // `file` keeps the states between runs; one that is absent, broken or of another version is an empty one.
  explicit FileStates(std::filesystem::path file);
  ~FileStates();

  // The digest of what is there; nothing when there is no such file or folder or it is of another kind.
  // Error(io) when it cannot be read.
  std::optional<Sha256> look_up(Kind kind, const std::string& path);
  std::optional<Digest> file(const std::string& path);
  std::optional<Digest> listing(const std::string& path);
  std::optional<Digest> full_listing(const std::string& path);
  // Of a file that is open already.
  Digest open_file(int fd, const std::string& path);

  // Forgets this run's answers for files and folders that have changed since they were read, or may have:
  // within the same clock tick.
  void forget_changed();
  // Forgets this run's answers for files and folders that changed at or after `since`, one of
  // next_file_time(), and returns one such path if there is any. What was made since then below
  // `module_cache`, and is as it was read, does not count: go fetched it for this very build.
  std::optional<std::string> changed_since(const timespec& since, const std::filesystem::path& module_cache);

  // Writes the states that were used or learned, and others whose files are still there; silently does
  // nothing when the disk refuses.
  void save();

 private:
  struct State;
  struct Record;
  struct Stored;
  struct Table;
  struct Data;
  std::filesystem::path file_;
  std::unique_ptr<Data> data_;
};

// The kernel's clock that file times are taken from; a file may be up to a tick ahead of it (Linux 6.13 takes
// a finer clock for files that are looked at).
timespec file_clock_now();
// Waits (milliseconds) for a time that is later than those of all files written before the call, and not
// later than those of what is written afterwards.
timespec next_file_time();
// A file's time as one number, since 1970.
inline std::int64_t nanoseconds(const timespec& time) {
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

}  // namespace whittle::builder
