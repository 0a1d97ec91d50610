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
  // Of what both trees take in memory; beyond it they are given up, and a finding says so.
  static constexpr std::uint64_t most_memory = 24ULL << 20U;

  // With `merged` off no trees are kept: enough where each image has one layer that differs. `folder` is for
  // files without a name.
  TreeDifference(bool merged, bool layers_were_skipped, const std::filesystem::path& folder)
      : is_merged_(merged), skipped_(layers_were_skipped), only_a_(folder), only_b_(folder) {}

  // An entry of layer `layer`, whether or not its partner has it. Error(integrity) for what contradicts the
  // layers below.
  void see(Side side, std::size_t layer, const layers::TarEntry& entry, const std::optional<Digest>& content);
  // What a comparison of layers left over. Error(limit) beyond LeftOvers::most.
  void leave_over(Side side, const LeftOver& entry);
  // Adds the findings about all that was left over: aspects "moved", "entry", "whiteout", "tree",
  // "tree-not-compared".
  void finish(LayerWork& work, const Where& where, Findings& findings);

 private:
  void give_up_trees();
  void compare_moved(const LeftOver& a, const LeftOver& b, LayerWork& work, const Where& where,
                     Findings& findings) const;
  void add_single(const LeftOver& entry, Side side, const Where& where, Findings& findings) const;
  void compare_trees(const Where& where, Findings& findings) const;

  bool is_merged_;
  bool skipped_;
  bool given_up_ = false;
  std::uint64_t memory_ = 0;  // bytes of both trees, about
  layers::MergedTree tree_a_;
  layers::MergedTree tree_b_;
  LeftOvers only_a_;
  LeftOvers only_b_;
};

}  // namespace whittle::comparison
