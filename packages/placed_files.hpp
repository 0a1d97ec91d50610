// The files of several packages, laid over each other as dpkg lays them on a disk: links are followed inside
// the tree and nowhere else, and two packages that want one path are judged.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "layers/file_tree.hpp"

namespace whittle::packages {

// What decides between two packages.
struct PackageFacts {
  std::string name;
  std::string version;
  std::string replaces;  // the field of its control file
};

// A value with one owner. Symbolic links are placed before all else, and everything in one order, so that the
// result does not depend on who comes first but where the rules say so.
class PlacedFiles {
 public:
  // Files of one group are one file with several names; 0 is none.
  using Group = std::size_t;

  explicit PlacedFiles(std::vector<PackageFacts> packages) : packages_(std::move(packages)) {}

  // Puts an entry of a package at a path, or where links lead from there:
  //   a folder that is there keeps its mode and owner; one that is a link is where the link leads;
  //   an entry that is the same in all that reaches a layer is there once;
  //   otherwise the package that replaces the other (Debian policy, section 7.6.1) has its way;
  //   otherwise Error(spec) names both packages and the path (hostile 260).
  // Error(integrity) for links that lead in a circle (hostile 60) and for a package at odds with itself.
  void place(const std::string& path, const layers::FileEntry& file, std::size_t package, Group group = 0);

  // Everything placed, hard links by their first path. Error(spec) names what cannot be in an image.
  layers::FileTree tree() const;

  // Lines about folders that two packages want otherwise.
  const std::vector<std::string>& notices() const { return notices_; }

 private:
  struct Node {
    layers::FileEntry file;
    std::size_t package;
    Group group;
  };
  enum class Last { kept, followed };
  std::string resolved(std::string_view path, Last last) const;
  void judge(const std::string& path, Node& there, Node&& wanted);
  bool replaces(std::size_t winner, std::size_t loser) const;

  std::vector<PackageFacts> packages_;
  std::map<std::string, Node, std::less<>> nodes_;
  std::vector<std::string> notices_;
};

}  // namespace whittle::packages
