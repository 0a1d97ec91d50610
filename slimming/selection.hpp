// What becomes of each file of an image, and why.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "layers/merged_tree.hpp"

namespace whittle::slimming {

struct Decision {
  enum class Action : std::uint8_t { keep, drop };
  Action action = Action::keep;
  std::string rule = {};    // which rule has it so; a name of rules.hpp, "keep", "closure"
  std::string reason = {};  // for people, escaped
};

// Decisions by path, as the tree has it; what none was made of is kept. Borrows the tree, whose entries it
// names. One thread.
class Selection {
 public:
  explicit Selection(const layers::MergedTree& tree) : tree_(tree) {}

  const layers::MergedTree& tree() const { return tree_; }
  using Map = std::map<std::string_view, Decision>;
  const Map& decisions() const { return decisions_; }
  const Decision* find(std::string_view path) const;
  bool keeps(std::string_view path) const;

  // A file that the user keeps stays whatever is said of it afterwards.
  void pin(const layers::MergedTree::Map::value_type& entry, std::string reason);
  bool is_pinned(std::string_view path) const;
  void set(const layers::MergedTree::Map::value_type& entry, Decision decision);

 private:
  const layers::MergedTree& tree_;
  Map decisions_ = {};
};

}  // namespace whittle::slimming
