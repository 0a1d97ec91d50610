#include "layers/file_tree.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::layers {
namespace {

constexpr std::size_t longest_path = 4096;      // PATH_MAX of Linux: a longer one could not be opened
constexpr std::size_t longest_component = 255;  // NAME_MAX

std::string_view name_of(FileEntry::Type type) {
  switch (type) {
    case FileEntry::Type::directory:
      return "directory";
    case FileEntry::Type::file:
      return "file";
    case FileEntry::Type::symlink:
      return "symbolic link";
    case FileEntry::Type::hardlink:
      return "hard link";
  }
  return "entry";
}

[[noreturn]] void refuse(std::string_view path, std::string_view why) {
  throw Error(ErrorKind::spec, fmt::format("{} cannot be a path in an image: {}", shown(path), why));
}

void check_component(std::string_view component, std::string_view path) {
  if (component.empty()) refuse(path, "it is absolute or has an empty component");
  if (component == "." || component == "..") refuse(path, "it has a component `.` or `..`");
  if (component.size() > longest_component)
    refuse(path, fmt::format("a component is longer than {} bytes", longest_component));
  // image-spec, layer.md, "Whiteouts": a file of that name would delete another one.
  if (component.starts_with(".wh.")) refuse(path, "names that begin with `.wh.` are reserved for whiteouts");
}

void check_path(std::string_view path) {
  if (path.empty()) refuse(path, "it is empty");
  if (path.size() > longest_path) refuse(path, fmt::format("it is longer than {} bytes", longest_path));
  if (path.find('\0') != std::string_view::npos) refuse(path, "it has a NUL byte");
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    check_component(path.substr(start, end - start), path);
    start = end + 1;
  }
}

// Only what reaches the layer stays, so that equal layers come from equal trees.
FileEntry normalised(FileEntry entry, std::string_view path) {
  if ((entry.mode & ~07777U) != 0)
    throw Error(ErrorKind::spec,
                fmt::format("mode {:o} of {} has more than permission bits", entry.mode, shown(path)));
  if (entry.type != FileEntry::Type::file) {
    entry.size = 0;
    entry.content = Digest::of(std::string_view());
    entry.open = {};
  } else if (!entry.open && entry.size > 0) {
    throw Error(ErrorKind::internal, fmt::format("{} has no content to read", shown(path)));
  }
  if (entry.type == FileEntry::Type::hardlink) {
    check_path(entry.link_target);
    if (entry.link_target >= path)
      throw Error(ErrorKind::internal, fmt::format("{} is a hard link to {}, which comes behind it",
                                                   shown(path), shown(entry.link_target)));
    return entry;
  }
  if (entry.type != FileEntry::Type::symlink) {
    entry.link_target.clear();
    return entry;
  }
  entry.mode = 0777;  // what Linux says of every symbolic link
  const std::string& target = entry.link_target;
  if (target.empty() || target.size() > longest_path || target.find('\0') != std::string::npos)
    throw Error(ErrorKind::spec,
                fmt::format("{} is no target for the symbolic link {}", shown(target), shown(path)));
  return entry;
}

}  // namespace

void FileTree::add(std::string_view path, FileEntry entry) {
  check_path(path);
  entry = normalised(std::move(entry), path);
  const auto taken = entries_.find(path);
  const auto implied = implied_.find(path);
  const bool replaces = implied != implied_.end() && entry.type == FileEntry::Type::directory;
  if (taken != entries_.end() && !replaces)
    throw Error(ErrorKind::spec, fmt::format("{} is in the image twice: as a {}, and as a {}{}", shown(path),
                                             name_of(entry.type), name_of(taken->second.type),
                                             implied != implied_.end() ? " that other entries lie in" : ""));
  // Parents are looked at before anything changes: a refused entry leaves no trace.
  for (std::size_t slash = path.rfind('/'); slash != std::string_view::npos;
       slash = path.rfind('/', slash - 1)) {
    const auto parent = entries_.find(path.substr(0, slash));
    if (parent == entries_.end()) continue;
    if (parent->second.type != FileEntry::Type::directory)
      throw Error(ErrorKind::spec, fmt::format("{} lies in {}, which is a {}", shown(path),
                                               shown(parent->first), name_of(parent->second.type)));
    break;
  }
  for (std::size_t slash = path.rfind('/'); slash != std::string_view::npos;
       slash = path.rfind('/', slash - 1)) {
    const std::string parent(path.substr(0, slash));
    FileEntry directory;
    directory.type = FileEntry::Type::directory;
    directory.mode = 0755;
    if (!entries_.emplace(parent, std::move(directory)).second) break;
    implied_.insert(parent);
  }
  if (replaces) implied_.erase(implied);
  entries_.insert_or_assign(std::string(path), std::move(entry));
}

void FileTree::keep_directories(const Map& below, std::string_view where) {
  for (auto& [path, entry] : entries_) {
    if (entry.type != FileEntry::Type::directory) continue;
    const auto found = below.find(path);
    if (found == below.end()) continue;
    const FileEntry& lower = found->second;
    if (lower.type == FileEntry::Type::symlink)
      throw Error(ErrorKind::spec, fmt::format("{} cannot be a folder: in {} it is a symbolic link to {}",
                                               shown("/" + path), where, shown(lower.link_target)))
          .hint("use the path that the link leads to");
    if (lower.type != FileEntry::Type::directory)
      throw Error(ErrorKind::spec,
                  fmt::format("{} cannot be a folder: in {} it is a file", shown("/" + path), where));
    entry.mode = lower.mode;
    entry.uid = lower.uid;
    entry.gid = lower.gid;
  }
}

Digest FileTree::digest() const {
  KeyHasher hasher;
  hasher.add("file tree 1").add(entries_.size());
  for (const auto& item : entries_) {
    const FileEntry& entry = item.second;
    hasher.add(item.first).add(static_cast<std::uint64_t>(entry.type)).add(entry.mode);
    hasher.add(entry.uid).add(entry.gid).add(entry.link_target).add(entry.size).add(entry.content.text());
  }
  return hasher.finish();
}

}  // namespace whittle::layers
