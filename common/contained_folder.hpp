// A folder outside of which nothing is opened, whatever links lie in it and whoever moves them meanwhile.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "common/file.hpp"

namespace whittle {

// Immutable and thread-safe; it holds the folder open.
class ContainedFolder {
 public:
  enum class Links {
    refused,  // a symbolic link anywhere on the way or at its end is ELOOP
    inside,   // links are followed as long as they stay inside; one that leaves is EXDEV
  };
  // How the kernel is asked. `best` is openat2 where there is one (Linux 5.6, and no filter against it);
  // `walk` resolves step by step and gives the same answers.
  enum class Method { best, walk };

  // Error(not_found) or Error(io) when the folder cannot be opened.
  explicit ContainedFolder(std::filesystem::path folder, Method method = Method::best);

  struct Opened {
    Fd fd;
    int error_number = 0;  // of the failure, when there is no descriptor
  };
  // Opens what `relative` names ("" and "." are the folder itself); `flags` as for open(2), close-on-exec is
  // added.
  Opened open(std::string_view relative, int flags, Links links) const;

  // The folder's path as it was given, with `relative` behind it; for messages.
  std::filesystem::path path_of(std::string_view relative) const;

 private:
  Opened walk(std::string_view relative, int flags, Links links) const;

  std::filesystem::path folder_;
  Method method_;
  Fd fd_;
};

}  // namespace whittle
