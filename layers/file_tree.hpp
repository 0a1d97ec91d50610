// The files of one layer before they become a tar: a map from image path to entry, ordered by the bytes of
// the path, with every parent present. What is in here decides every byte of the layer; the host's files do
// not.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "common/bytes.hpp"
#include "common/digest.hpp"

namespace whittle::layers {

struct FileEntry {
  enum class Type { directory, file, symlink, hardlink };
  Type type = Type::file;
  std::uint32_t mode = 0644;  // permission bits with setuid, setgid and sticky: 07777
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  // Of a symlink, verbatim; of a hard link the path of its file, which comes before it in the order of paths.
  std::string link_target = {};

  // Of a file: size in bytes, the digest of its content, and how to read it. The layer writer checks both,
  // the digest unless nobody else can write to the file: an executable is hashed often enough
  // (bench/changed).
  std::uint64_t size = 0;
  Digest content = Digest::of(std::string_view());
  OpenSource open = {};
  bool is_private = false;
};

class FileTree {
 public:
  using Map = std::map<std::string, FileEntry, std::less<>>;

  // Adds an entry at a path that is relative, without `.`, `..`, empty components or a trailing slash
  // ("usr/bin/api"). Missing parents are added as root-owned directories of mode 0755. Error(spec) when the
  // path is not of that form (hostile cases 14 and 16), is taken, or has a parent that is not a directory
  // (case 15). A directory added explicitly replaces one that was only implied. A hard link's file may be
  // added after it; the layer writer looks whether it is there, with the same mode and owner.
  void add(std::string_view path, FileEntry entry);
  // Gives the directories that layers below have as well the mode and owner they have in `below`: to name one
  // in a layer is to change it. Error(spec) where `below` has something else than a directory; `where` says
  // whose it is.
  void keep_directories(const Map& below, std::string_view where);

  const Map& entries() const { return entries_; }
  bool empty() const { return entries_.empty(); }
  // Depends on everything that reaches the layer: paths, types, modes, owners, targets, contents.
  Digest digest() const;

 private:
  Map entries_;
  std::set<std::string, std::less<>> implied_;  // directories that only exist as parents
};

}  // namespace whittle::layers
