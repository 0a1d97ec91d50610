// Two images as the trees that containers see: what only moved between layers, what only one has, and whether
// the trees are equal after all.
#pragma once

#include <string>
#include <vector>

#include "comparison/layer_difference.hpp"
#include "layers/merged_tree.hpp"

namespace whittle::comparison {

// One thread. Layers arrive from the bottom up. Those that both images have, and that were not read, are not
// in it.
class TreeDifference {
 public:
  // With `merged` off no trees are kept: enough where each image has one layer that differs.
  TreeDifference(bool merged, bool layers_were_skipped) : is_merged_(merged), skipped_(layers_were_skipped) {}

  // An entry of layer `layer`, whether or not its partner has it. Error(integrity) for what contradicts the
  // layers below.
  void see(Side side, std::size_t layer, const layers::TarEntry& entry, const std::optional<Digest>& content);
  // What a comparison of layers left over.
  void leave_over(LayerDifference& layer);
  // Adds the findings about all that was left over: aspects "moved", "entry", "whiteout", "tree".
  void finish(LayerWork& work, const Where& where, Findings& findings);

 private:
  using LeftOvers = std::map<std::string, LeftOver, std::less<>>;
  void compare_moved(const LeftOver& a, const LeftOver& b, LayerWork& work, const Where& where,
                     Findings& findings) const;
  void add_single(const LeftOver& entry, Side side, const Where& where, Findings& findings) const;
  void compare_trees(const Where& where, Findings& findings) const;

  bool is_merged_;
  bool skipped_;
  layers::MergedTree tree_a_;
  layers::MergedTree tree_b_;
  LeftOvers only_a_;
  LeftOvers only_b_;
};

}  // namespace whittle::comparison
