// Findings grouped by where they are, in the order they were made: for showing them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "comparison/finding.hpp"

namespace whittle::comparison {

// Borrows the findings.
struct FindingTree {
  std::string step;                      // of Finding::where; empty at the root
  std::vector<const Finding*> findings;  // right here
  std::vector<std::unique_ptr<FindingTree>> below;

  explicit FindingTree(const Findings& of);
  FindingTree() = default;

 private:
  FindingTree& at(const std::string& name);
  std::map<std::string, FindingTree*> by_step_;
};

}  // namespace whittle::comparison
