#include "builder/dockerfile_stage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "common/error.hpp"
#include "common/glob.hpp"

namespace whittle::builder {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && text.size() < 11 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool exists(const std::string& path, const SourceScan& scan) {
  return scan.files.contains(path) || scan.folders.contains(path);
}

// A file of the context that a folder of a stage has by having been copied whole.
StageFile inside(const StageFile& folder, const std::string& rest, const SourceScan& scan) {
  StageFile file = folder;
  file.origin.path = join_path(folder.origin.path, rest);
  file.is_folder = !scan.files.contains(file.origin.path);
  file.path = "";
  if (!exists(file.origin.path, scan))
    file.origin = {Origin::Kind::other,
                   fmt::format("{} is not among the sources: a command made it", file.origin.path)};
  return file;
}

}  // namespace

std::string join_path(std::string_view folder, std::string_view name) {
  if (name.empty() || name == ".") return std::string(folder);
  if (folder.empty() || folder == ".") return std::string(name);
  return fmt::format("{}{}{}", folder, folder.ends_with('/') ? "" : "/", name);
}

std::string base_name(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return std::string(path.substr(path.rfind('/') + 1));
}

std::optional<std::string> path_below(std::string_view path, std::string_view folder) {
  if (path == folder) return "";
  if (folder == "." || folder == "/") return std::string(path.substr(path.starts_with('/') ? 1 : 0));
  if (path.starts_with(folder) && path[folder.size()] == '/')
    return std::string(path.substr(folder.size() + 1));
  return std::nullopt;
}

std::string Stage::absolute(std::string_view path) const {
  auto result = (std::filesystem::path(folder) / path).lexically_normal().native();
  while (result.size() > 1 && result.ends_with('/')) result.pop_back();
  return result;
}

bool Stage::is_folder(const std::string& path) const {
  static constexpr std::array<std::string_view, 22> usual = {
      "/",    "/bin",  "/dev",     "/etc",           "/home",           "/lib",     "/mnt",
      "/opt", "/proc", "/root",    "/run",           "/sbin",           "/srv",     "/sys",
      "/tmp", "/usr",  "/usr/bin", "/usr/local/bin", "/usr/local/sbin", "/usr/lib", "/usr/sbin",
      "/var"};
  if (std::find(usual.begin(), usual.end(), path) != usual.end() || folders.contains(path)) return true;
  return std::any_of(files.begin(), files.end(), [&](const StageFile& file) {
    return (file.path == path && file.is_folder) || (file.path != path && path_below(file.path, path));
  });
}

void Stage::add(StageFile file) {
  if (!file.is_folder)
    std::erase_if(files, [&](const StageFile& known) { return known.path == file.path && !known.is_folder; });
  if (files.size() >= most_files)
    throw Error(ErrorKind::limit,
                fmt::format("a stage has more than {} files that are followed", most_files));
  files.push_back(std::move(file));
}

std::vector<StageFile> Stage::find(const std::string& path, const SourceScan& scan) const {
  const bool is_pattern = path.find_first_of("*?[") != std::string::npos;
  std::vector<StageFile> found;
  for (const auto& file : files) {
    const bool from_context = file.is_folder && file.origin.kind == Origin::Kind::context;
    if (is_pattern) {
      if (glob_match(path, file.path)) {
        found.push_back(file);
        found.back().path = base_name(file.path);
      } else if (const auto rest = path_below(path, file.path); from_context && rest && !rest->empty()) {
        const auto pattern = join_path(file.origin.path, *rest);
        for (const auto* names : {&scan.files, &scan.folders})
          for (const auto& known : *names)
            if (glob_match(pattern, known)) {
              found.push_back(inside(
                  file, known.substr(file.origin.path == "." ? 0 : file.origin.path.size() + 1), scan));
              found.back().path = base_name(known);
            }
      }
    } else if (const auto below = path_below(file.path, path)) {
      found.push_back(file);
      found.back().path = *below;
    } else if (const auto rest = path_below(path, file.path); from_context && rest) {
      auto part = inside(file, *rest, scan);
      // Of several folders that were copied onto each other, the one that has it.
      if (part.origin.kind == Origin::Kind::context || found.empty()) found.push_back(std::move(part));
    }
  }
  const auto is_known = [](const StageFile& file) { return file.origin.kind != Origin::Kind::other; };
  if (std::any_of(found.begin(), found.end(), is_known))
    std::erase_if(found, [&](const StageFile& file) { return file.path.empty() && !is_known(file); });
  return found;
}

std::optional<std::string> Stage::resolve_user(std::string_view text) const {
  const auto colon = text.find(':');
  const auto written_user = text.substr(0, colon);
  const auto id = [](std::string_view word) -> std::string {
    if (word == "root") return "0";
    if (word == "nonroot") return "65532";
    if (word == "nobody" || word == "nogroup") return "65534";
    return is_number(word) ? std::string(word) : "";
  };
  std::string uid = id(written_user);
  std::string gid;
  if (const auto known = users.find(std::string(written_user)); known != users.end()) {
    const auto& ids = known->second.empty() ? std::string("65532") : known->second;
    uid = ids.substr(0, ids.find(':'));
    if (ids.find(':') != std::string::npos) gid = ids.substr(ids.find(':') + 1);
  }
  if (uid.empty()) return std::nullopt;
  if (colon != std::string_view::npos) {
    const auto written = text.substr(colon + 1);
    gid = id(written);
    if (const auto known = groups.find(std::string(written)); known != groups.end())
      gid = known->second.empty() ? uid : known->second;
    if (gid.empty()) gid = users.contains(std::string(written)) ? uid : "";
    if (gid.empty()) return std::nullopt;
  }
  if (uid == "0" && (gid.empty() || gid == "0")) return "root";
  if (uid == "65532" && (gid.empty() || gid == "65532")) return "nonroot";
  return gid.empty() || gid == uid ? uid : fmt::format("{}:{}", uid, gid);
}

}  // namespace whittle::builder
