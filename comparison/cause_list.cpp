#include "comparison/cause_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "common/text.hpp"

namespace whittle::comparison {

CauseList::Group CauseList::of(std::string_view aspect) const {
  return those([aspect](const Finding& finding) { return finding.aspect == aspect; });
}

CauseList::Group CauseList::those(const std::function<bool(const Finding&)>& which) const {
  Group group;
  for (const auto& finding : findings_.kept())
    if (!explained_.contains(&finding) && which(finding)) group.push_back(&finding);
  return group;
}

void CauseList::explain(const Group& group, std::string kind, std::string text, std::uint64_t also) {
  drop(group);
  for (auto& cause : causes_)
    if (cause.text == text) {  // on every platform, for one
      cause.explains += group.size() + also;
      return;
    }
  causes_.push_back({std::move(kind), std::move(text), group.size() + also});
}

std::vector<Cause> CauseList::take() {
  std::stable_sort(causes_.begin(), causes_.end(),
                   [](const Cause& x, const Cause& y) { return x.explains > y.explains; });
  std::map<std::string, std::size_t> alike;
  std::vector<Cause> kept;
  std::map<std::string, Cause> others;
  for (auto& cause : causes_) {
    if (++alike[cause.kind] <= most_alike)
      kept.push_back(std::move(cause));
    else
      others.try_emplace(cause.kind, Cause{cause.kind, {}, 0}).first->second.explains += cause.explains;
  }
  for (auto& [kind, cause] : others) {
    cause.text = fmt::format("and {} more of this kind ({})", alike[kind] - most_alike, kind);
    kept.push_back(std::move(cause));
  }
  causes_.clear();
  return kept;
}

std::string value_text(const std::optional<std::string>& value) {
  constexpr std::size_t longest = 100;
  return value ? escaped(*value, false, longest) : std::string("nothing");
}

std::string instead(const Finding& finding) {
  if (!finding.b)
    return finding.a ? fmt::format("{}, only in A", value_text(finding.a)) : escaped(finding.note);
  if (!finding.a) return fmt::format("{}, only in B", value_text(finding.b));
  return fmt::format("{} instead of {}", value_text(finding.a), value_text(finding.b));
}

std::string place_text(const Finding& finding) {
  return finding.where.empty() ? std::string("the image") : escaped(finding.where.back());
}

std::string layer_of(const Finding& finding) {
  for (const auto& step : finding.where)
    if (step.starts_with("layer ")) return escaped(step);
  return finding.where.empty() ? std::string("the image") : escaped(finding.where.front());
}

}  // namespace whittle::comparison
