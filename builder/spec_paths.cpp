#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "builder/spec_fields.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

// What Linux takes (limits.h).
constexpr std::size_t longest_path = 4096;
constexpr std::size_t longest_name = 255;

std::vector<std::string_view> components(std::string_view path) {
  std::vector<std::string_view> result;
  for (;;) {
    const auto slash = path.find('/');
    result.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return result;
    path.remove_prefix(slash + 1);
  }
}

void check_lengths(const Value& value, std::string_view path) {
  if (path.empty()) value.refuse("the path is empty");
  if (path.size() > longest_path)
    value.refuse(fmt::format("the path has {} bytes, {} are allowed", path.size(), longest_path));
  for (const auto name : components(path))
    if (name.size() > longest_name)
      value.refuse(fmt::format("{} has {} bytes, {} are allowed between slashes", shown(name), name.size(),
                               longest_name));
}

bool is_parent_reference(std::string_view component) {
  return component == "..";
}

// Go's major version suffixes of import paths: v2 and above.
bool is_version_element(std::string_view name) {
  return name.size() >= 2 && name[0] == 'v' && name[1] != '0' && name != "v1" &&
         std::all_of(name.begin() + 1, name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void refuse_parents(const Value& value, std::string_view path) {
  const auto parts = components(path);
  if (std::none_of(parts.begin(), parts.end(), is_parent_reference)) return;
  const auto normal = std::filesystem::path(path).lexically_normal().native();
  if (normal == ".." || normal.starts_with("../"))
    value.refuse(fmt::format("{} leaves the spec's folder: it is {}", shown(path), shown(normal)));
  value.refuse(fmt::format("{} has `..` in it; write {}", shown(path), shown(normal)));
}

}  // namespace

std::string read_image_path(const Value& value, TrailingSlash slash) {
  const auto path = value.text();
  check_lengths(value, path);
  if (path[0] != '/')
    value.refuse(fmt::format("{} is not absolute; a path in the image starts with `/`", shown(path)));
  if (path == "/") {
    if (slash == TrailingSlash::refused) value.refuse("it cannot be `/`");
    return path;
  }
  std::string_view inner = std::string_view(path).substr(1);
  if (inner.ends_with('/')) {
    if (slash == TrailingSlash::refused) value.refuse(fmt::format("{} ends in a slash", shown(path)));
    inner.remove_suffix(1);
  }
  for (const auto name : components(inner)) {
    if (name.empty()) value.refuse(fmt::format("{} has two slashes in a row", shown(path)));
    if (name == "." || name == "..") value.refuse(fmt::format("{} has `{}` in it", shown(path), name));
    if (name.starts_with(".wh."))
      value.refuse(fmt::format("{} has a name that begins with `.wh.`, which marks deleted files in layers",
                               shown(path)));
  }
  return path;
}

std::string read_context_path(const Value& value) {
  const auto path = value.text();
  check_lengths(value, path);
  if (path[0] == '/')
    value.refuse(fmt::format("{} is absolute; it has to be relative to the spec's folder", shown(path)));
  refuse_parents(value, path);
  std::string result;
  for (const auto name : components(path))
    if (!name.empty() && name != ".") result += fmt::format("{}{}", result.empty() ? "" : "/", name);
  if (result.empty()) return ".";
  if (path.ends_with('/')) result += '/';
  return result;
}

std::string read_main(const Value& value) {
  auto main = value.text();
  check_lengths(value, main);
  if (main[0] == '-')
    value.refuse(fmt::format("{} would be taken for a flag of the go command", shown(main)),
                 ErrorKind::source);
  if (main[0] == '/')
    value.refuse(fmt::format("{} is absolute; write a folder of the module (`./cmd/api`) or an import path",
                             shown(main)));
  if (main.find("...") != std::string::npos)
    value.refuse(fmt::format("{} is a pattern; name one package", shown(main)),
                 "several programs in one image are listed under `binaries`");
  if (main.find('@') != std::string::npos)
    value.refuse(fmt::format("{} names a version; versions are what go.mod says", shown(main)));
  const auto is_odd = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '\\'; };
  if (std::any_of(main.begin(), main.end(), is_odd))
    value.refuse(fmt::format("{} has a character that no package path may have", shown(main)));
  refuse_parents(value, main);
  while (main.size() > 1 && main.ends_with('/')) main.pop_back();
  return main;
}

std::string default_binary_path(std::string_view main, std::string_view image_name) {
  auto parts = components(main);
  if (parts.size() > 1 && is_version_element(parts.back())) parts.pop_back();
  const auto last = parts.back();
  return fmt::format("/usr/bin/{}", last.empty() || last == "." ? image_name : last);
}

}  // namespace whittle::builder
