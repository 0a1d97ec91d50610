// The findings that wait for a cause, and the causes that were found: what the rules share.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "comparison/finding.hpp"

namespace whittle::comparison {

// A rule takes findings that it explains; later rules do not see those. Borrows the findings. One thread.
class CauseList {
 public:
  static constexpr std::size_t most_alike =
      12;  // causes of one kind; beyond, one says how many more there are

  explicit CauseList(const Findings& findings) : findings_(findings) {}

  using Group = std::vector<const Finding*>;
  // Those of an aspect that nothing explains yet.
  Group of(std::string_view aspect) const;
  // Those that nothing explains yet and for which `which` says yes.
  Group those(const std::function<bool(const Finding&)>& which) const;
  std::uint64_t count(std::string_view aspect) const { return findings_.count(aspect); }

  // Marks them as explained and adds the cause.
  void explain(const Group& group, std::string kind, std::string text, std::uint64_t also = 0);
  // Marks them as explained by what was said already.
  void drop(const Group& group) { explained_.insert(group.begin(), group.end()); }

  // Ranked.
  std::vector<Cause> take();

 private:
  const Findings& findings_;
  std::set<const Finding*> explained_;
  std::vector<Cause> causes_;
};

// Values and places in a cause's text, escaped.
std::string value_text(const std::optional<std::string>& value);
// "A's instead of B's", or that one alone has it.
std::string instead(const Finding& finding);
// The last step of where it is: the path, in most findings.
std::string place_text(const Finding& finding);
// "layer 2" with the platform when the findings are of several.
std::string layer_of(const Finding& finding);

}  // namespace whittle::comparison
