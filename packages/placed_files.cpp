#include "packages/placed_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/error.hpp"
#include "common/text.hpp"
#include "packages/package_relation.hpp"

namespace whittle::packages {
namespace {

using layers::FileEntry;

constexpr unsigned link_hops_limit = 40;  // of Linux (path_resolution(7))

// Pushes the components of a path, the first on top.
void push_components(std::vector<std::string>& pending, std::string_view path) {
  const auto end = pending.size();
  while (!path.empty()) {
    const auto component = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), component.size() + 1));
    if (!component.empty() && component != ".") pending.emplace_back(component);
  }
  std::reverse(pending.begin() + static_cast<std::ptrdiff_t>(end), pending.end());
}

bool is_same_entry(const FileEntry& a, const FileEntry& b) {
  return a.type == b.type && a.mode == b.mode && a.uid == b.uid && a.gid == b.gid &&
         a.link_target == b.link_target && a.size == b.size && a.content == b.content;
}

std::string_view word_for(FileEntry::Type type) {
  return type == FileEntry::Type::directory ? "a folder"
         : type == FileEntry::Type::symlink ? "a link"
                                            : "a file";
}

}  // namespace

// As a file system would whose root is the tree's; `..` of the root is the root.
std::string PlacedFiles::resolved(std::string_view path, Last last) const {
  std::vector<std::string> pending;
  push_components(pending, path);
  std::string current;
  for (unsigned hops = 0; !pending.empty();) {
    const auto component = std::move(pending.back());
    pending.pop_back();
    const auto parent = current.size();
    if (component == "..") {
      current.resize(current.find('/') == std::string::npos ? 0 : current.rfind('/'));
      continue;
    }
    if (!current.empty()) current += '/';
    current += component;
    const auto found = nodes_.find(current);
    if (found == nodes_.end() || found->second.file.type != FileEntry::Type::symlink) continue;
    if (pending.empty() && last == Last::kept) break;
    if (++hops > link_hops_limit)
      throw Error(ErrorKind::integrity,
                  fmt::format("{} leads over more than {} symbolic links", shown(path), link_hops_limit));
    const auto& target = found->second.file.link_target;
    current.resize(target.starts_with('/') ? 0 : parent);
    push_components(pending, target);
  }
  return current;
}

void PlacedFiles::place(const std::string& path, const FileEntry& file, std::size_t package, Group group) {
  const bool folder = file.type == FileEntry::Type::directory;
  const auto where = resolved(path, folder ? Last::followed : Last::kept);
  if (where.empty()) return;  // a folder that leads to the root
  Node node{file, package, group};
  const auto [slot, is_new] = nodes_.try_emplace(where, node);
  if (!is_new) judge(where, slot->second, std::move(node));
}

void PlacedFiles::judge(const std::string& path, Node& there, Node&& wanted) {
  const auto& first = packages_[there.package];
  const auto& second = packages_[wanted.package];
  const auto folder = FileEntry::Type::directory;
  if (is_same_entry(there.file, wanted.file)) return;
  if (there.file.type == folder && wanted.file.type == folder) {
    notices_.push_back(fmt::format("the folder {} is as {} has it (mode {:04o}); {} wants {:04o}",
                                   shown("/" + path), first.name, there.file.mode, second.name,
                                   wanted.file.mode));
    return;
  }
  if (there.package == wanted.package)
    throw Error(ErrorKind::integrity, fmt::format("the package {} has {} twice: as {}, and as another {}",
                                                  first.name, shown("/" + path), word_for(there.file.type),
                                                  word_for(wanted.file.type).substr(2)));
  // A folder is not replaced: what lies in it would be lost.
  const bool may_replace = there.file.type != folder && wanted.file.type != folder;
  const bool wins = may_replace && replaces(wanted.package, there.package);
  const bool loses = may_replace && replaces(there.package, wanted.package);
  if (wins == loses)
    throw Error(ErrorKind::spec, fmt::format("{} is {} of the package {} and another {} of the package {}",
                                             shown("/" + path), word_for(there.file.type), first.name,
                                             word_for(wanted.file.type).substr(2), second.name))
        .hint("leave one of the two packages out");
  if (wins) there = std::move(wanted);
}

bool PlacedFiles::replaces(std::size_t winner, std::size_t loser) const {
  const auto& field = packages_[winner].replaces;
  if (field.empty()) return false;
  const auto relations = parse_relations(field);
  return std::any_of(relations.begin(), relations.end(), [&](const Alternatives& one) {
    return std::any_of(one.begin(), one.end(), [&](const PackageRelation& relation) {
      return relation.name == packages_[loser].name && relation.takes(packages_[loser].version);
    });
  });
}

layers::FileTree PlacedFiles::tree() const {
  layers::FileTree tree;
  std::map<Group, std::string> first;
  for (const auto& [path, node] : nodes_) {
    auto file = node.file;
    if (node.group != 0) {
      const auto [slot, is_first] = first.emplace(node.group, path);
      if (!is_first) {
        file.type = FileEntry::Type::hardlink;
        file.link_target = slot->second;
      }
    }
    in_context(
        [&, &node = node] { return fmt::format("unpacking the package {}", packages_[node.package].name); },
        [&, &path = path] { tree.add(path, std::move(file)); });
  }
  return tree;
}

}  // namespace whittle::packages
