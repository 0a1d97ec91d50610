#include "comparison/finding.hpp"

namespace whittle::comparison {
namespace {

void cut(std::optional<std::string>& value) {
  if (value && value->size() > Findings::kept_bytes) value->resize(Findings::kept_bytes);
}

}  // namespace

Where below(Where where, std::string step) {
  where.push_back(std::move(step));
  return where;
}

void Findings::add(Finding finding) {
  ++count_;
  auto& count = counts_[finding.aspect];
  if (++count > kept_per_aspect) return;
  cut(finding.a);
  cut(finding.b);
  kept_.push_back(std::move(finding));
}

std::uint64_t Findings::count(std::string_view aspect) const {
  const auto found = counts_.find(aspect);
  return found == counts_.end() ? 0 : found->second;
}

}  // namespace whittle::comparison
