#include "slimming/selection.hpp"

#include <utility>

namespace whittle::slimming {
namespace {

constexpr std::string_view pinned = "keep";

}  // namespace

const Decision* Selection::find(std::string_view path) const {
  const auto found = decisions_.find(path);
  return found == decisions_.end() ? nullptr : &found->second;
}

bool Selection::keeps(std::string_view path) const {
  const auto* decision = find(path);
  return decision == nullptr || decision->action == Decision::Action::keep;
}

void Selection::pin(const layers::MergedTree::Map::value_type& entry, std::string reason) {
  decisions_[entry.first] = {Decision::Action::keep, std::string(pinned), std::move(reason)};
}

bool Selection::is_pinned(std::string_view path) const {
  const auto* decision = find(path);
  return decision != nullptr && decision->rule == pinned;
}

void Selection::set(const layers::MergedTree::Map::value_type& entry, Decision decision) {
  if (!is_pinned(entry.first)) decisions_[entry.first] = std::move(decision);
}

}  // namespace whittle::slimming
