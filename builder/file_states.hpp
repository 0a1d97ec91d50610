// Remembers the digests of files by their state, so that what did not change is not read again.
//
// A state is device, inode, size, mode, modification and change time. It is believed only when the change time lies
// well before the moment the file was read, and not in the future: a change within the same clock tick, or under a
// clock that was set back, is therefore never missed. Hostile case 48 and the issue of "nothing changed".
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "common/digest.hpp"

namespace whittle::builder {

// Thread-safe. Answers are remembered for the life of the object: within one build a file has one digest.
class FileStates {
 public:
  // `file` keeps the states between runs; one that is absent, broken or of another version is an empty one.
  explicit FileStates(std::filesystem::path file);
  ~FileStates();

  // The digest of a regular file's bytes, symbolic links followed; nothing when there is no such file or it is not
  // a regular file. Error(io) when it cannot be read.
  std::optional<Digest> file(const std::string& path);
  // The same for a file that is open already.
  Digest open_file(int fd, const std::string& path);
  // The digest of the sorted names and kinds of a folder's entries (no sub-folders); nothing when it is no folder.
  std::optional<Digest> listing(const std::string& path);
  // The same with sub-folders' names, for folders that are searched recursively.
  std::optional<Digest> full_listing(const std::string& path);

  // Forgets this run's answers for files and folders that changed at or after `since` (a time of the kernel's
  // clock), and returns one such path if there is any.
  std::optional<std::string> changed_since(const timespec& since);

  // Writes the states that were used or learned; silently does nothing when the disk refuses.
  void save();

 private:
  struct State;
  struct Entry;
  struct Data;
  enum class Kind : unsigned char;
  std::optional<Digest> look_up(Kind kind, const std::string& path);
  std::filesystem::path file_;
  std::unique_ptr<Data> data_;
};

// The kernel's clock that file times are taken from.
timespec file_clock_now();

}  // namespace whittle::builder
