#include "slimming/selection.hpp"

#include <utility>

namespace whittle::slimming {
namespace {

constexpr std::string_view pinned = "keep";

}  // namespace

bool Selection::keeps(const layers::MergedEntry& entry) const {
  const auto* decision = find(entry);
  return decision == nullptr || decision->action == Decision::Action::keep;
}

void Selection::pin(const layers::MergedEntry& entry, std::string reason) {
  made_[entry.place()] =
      &*decisions_.insert({Decision::Action::keep, std::string(pinned), std::move(reason)}).first;
}

bool Selection::is_pinned(const layers::MergedEntry& entry) const {
  const auto* decision = find(entry);
  return decision != nullptr && decision->rule == pinned;
}

void Selection::set(const layers::MergedEntry& entry, Decision decision) {
  if (!is_pinned(entry)) made_[entry.place()] = &*decisions_.insert(std::move(decision)).first;
}

}  // namespace whittle::slimming
