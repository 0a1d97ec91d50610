// Two trees laid over each other: what each part had before.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attribution/node.hpp"

namespace whittle::attribution {

struct ComparedNode {
  std::string name = {};
  Node::Kind kind = Node::Kind::part;
  Size size = {};    // nothing of what is gone
  Size before = {};  // nothing of what is new
  std::vector<ComparedNode> children = {};

  std::int64_t change() const {
    return static_cast<std::int64_t>(size.compressed) - static_cast<std::int64_t>(before.compressed);
  }
};

// Parts of one name and kind belong together, in their order where there are several; layers, whose names are
// digests, by their place; modules without regard to their version. Sorted by size.
std::vector<ComparedNode> compare_trees(const std::vector<Node>& now, const std::vector<Node>& before);

}  // namespace whittle::attribution
