// The folder that a toolchain's module is unpacked into: regular files and folders alone, each new and
// relative to an open folder, so that no link that somebody plants meanwhile is followed (hostile 263).
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "common/bytes.hpp"
#include "common/contained_folder.hpp"
#include "common/file.hpp"

namespace whittle::toolchains {

// Names are those of a module's files, checked before, with folders by `/`; "" is the folder itself.
// make_folder wants one thread, all else takes several. Error(io) naming the path, also for what is there
// already.
class ToolchainFolder {
 public:
  explicit ToolchainFolder(const std::filesystem::path& root) : root_(root) {}

  // With those above it, unless they were made before.
  void make_folder(const std::string& name);
  Fd open_folder(const std::string& name) const;
  // A file of the opened folder that its path lies in: 0444, a command 0555. A `_go.mod` is there as `go.mod`
  // as well, which a module's zip cannot have below its root.
  void make_file(const Fd& folder, const std::string& path, Bytes content) const;

 private:
  void make_one(const Fd& folder, const std::string& name, const std::string& path, Bytes content) const;

  ContainedFolder root_;
  std::set<std::string, std::less<>> made_;
};

// Throws Error(io) for a system call that failed on a path: "creating the folder /x: Permission denied".
[[noreturn]] void throw_path_errno(int error_number, std::string_view doing,
                                   const std::filesystem::path& path);

// The folder of a file or folder, and its last name.
std::pair<std::string, std::string> split_path(std::string_view path);

// Whether the file of a toolchain is a command: those are what go makes executable.
bool is_command(std::string_view name);

}  // namespace whittle::toolchains
