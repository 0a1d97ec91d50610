#include "comparison/finding.hpp"

namespace whittle::comparison {
namespace {

void cut(std::string& text) {
  if (text.size() <= Findings::kept_bytes) return;
  text.resize(Findings::kept_bytes);
  text.shrink_to_fit();
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
  for (auto& step : finding.where) cut(step);
  if (finding.a) cut(*finding.a);
  if (finding.b) cut(*finding.b);
  cut(finding.note);
  kept_.push_back(std::move(finding));
}

std::uint64_t Findings::count(std::string_view aspect) const {
  const auto found = counts_.find(aspect);
  return found == counts_.end() ? 0 : found->second;
}

}  // namespace whittle::comparison
