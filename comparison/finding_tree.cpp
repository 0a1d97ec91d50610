#include "comparison/finding_tree.hpp"

namespace whittle::comparison {

FindingTree::FindingTree(const Findings& of) {
  for (const auto& finding : of.kept()) {
    auto* place = this;
    for (const auto& name : finding.where) place = &place->at(name);
    place->findings.push_back(&finding);
  }
}

FindingTree& FindingTree::at(const std::string& name) {
  auto*& place = by_step_[name];
  if (place == nullptr) {
    below.push_back(std::make_unique<FindingTree>());
    place = below.back().get();
    place->step = name;
  }
  return *place;
}

}  // namespace whittle::comparison
