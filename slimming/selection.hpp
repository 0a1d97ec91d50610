// What becomes of each file of an image, and why.
#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "layers/merged_tree.hpp"
#include "slimming/origin_set.hpp"

namespace whittle::slimming {

struct Decision {
  enum class Action : std::uint8_t { keep, drop };
  Action action = Action::keep;
  std::string rule = {};    // which rule has it so; a name of rules.hpp, "keep", "closure"
  std::string reason = {};  // for people, escaped
  auto operator<=>(const Decision&) const = default;
};

// Decisions about the entries of a tree; what none was made of is kept. Borrows the tree. One thread. Equal
// decisions are kept once: 8 bytes for each entry.
class Selection {
 public:
  explicit Selection(const layers::MergedTree& tree) : tree_(tree) {}

  const layers::MergedTree& tree() const { return tree_; }
  const Decision* find(const layers::MergedEntry& entry) const { return made_.find(entry.place()); }
  bool keeps(const layers::MergedEntry& entry) const;

  // A file that the user keeps stays whatever is said of it afterwards.
  void pin(const layers::MergedEntry& entry, std::string reason);
  bool is_pinned(const layers::MergedEntry& entry) const;
  void set(const layers::MergedEntry& entry, Decision decision);

 private:
  const layers::MergedTree& tree_;
  std::set<Decision> decisions_ = {};
  OriginTable<const Decision*> made_ = {};
};

}  // namespace whittle::slimming
