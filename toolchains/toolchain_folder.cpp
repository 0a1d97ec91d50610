#include "toolchains/toolchain_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <cerrno>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::toolchains {
namespace {

constexpr std::size_t worth_writing_early = 16U << 10U;  // bytes; smaller files cost more than they save

}  // namespace

void throw_path_errno(int error_number, std::string_view doing, const std::filesystem::path& path) {
  throw_errno(error_number, fmt::format("{} {}", doing, escaped(path.native(), false, 4096)));
}

std::pair<std::string, std::string> split_path(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return {std::string(), std::string(path)};
  return {std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
}

void ToolchainFolder::make_folder(const std::string& name) {
  if (name.empty() || made_.contains(name)) return;
  const auto [parent, last] = split_path(name);
  make_folder(parent);
  const auto folder = open_folder(parent);
  if (::mkdirat(folder.get(), last.c_str(), 0755) != 0)
    throw_path_errno(errno, "creating the folder", root_.path_of(name));
  made_.insert(name);
}

Fd ToolchainFolder::open_folder(const std::string& name) const {
  auto opened = root_.open(name, O_PATH | O_DIRECTORY | O_NOFOLLOW, ContainedFolder::Links::refused);
  if (!opened.fd) throw_path_errno(opened.error_number, "opening the folder", root_.path_of(name));
  return std::move(opened.fd);
}

void ToolchainFolder::make_file(const Fd& folder, const std::string& path, Bytes content) const {
  const auto [parent, name] = split_path(path);
  make_one(folder, name, path, content);
  if (name == "_go.mod") make_one(folder, "go.mod", parent.empty() ? "go.mod" : parent + "/go.mod", content);
}

void ToolchainFolder::make_one(const Fd& folder, const std::string& name, const std::string& path,
                               Bytes content) const {
  const Fd file(
      ::openat(folder.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) throw_path_errno(errno, "creating", root_.path_of(path));
  write_at(file, content, 0, root_.path_of(path));
  // The disk begins now, while the rest is still on its way: whoever waits for all of it at the end waits
  // less. What fails is found then.
  if (content.size() >= worth_writing_early) ::sync_file_range(file.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
  if (::fchmod(file.get(), is_command(path) ? 0555 : 0444) != 0)
    throw_path_errno(errno, "setting the mode of", root_.path_of(path));
}

bool is_command(std::string_view name) {
  const std::string path(name);
  if (path.starts_with("bin/") || path.starts_with("pkg/tool/")) return true;
  return path.starts_with("lib/") && ::fnmatch("go_?*_?*_exec", split_path(path).second.c_str(), 0) == 0;
}

}  // namespace whittle::toolchains
