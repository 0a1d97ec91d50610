#include "optimizer/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/text.hpp"

namespace whittle::optimizer {

std::string_view name_of(PartOutcome outcome) {
  switch (outcome) {
    case PartOutcome::passed:
      return "passed";
    case PartOutcome::failed:
      return "failed";
    case PartOutcome::not_checked:
      break;
  }
  return "not checked";
}

bool Verdict::holds() const {
  return std::none_of(parts.begin(), parts.end(),
                      [](const auto& part) { return part.outcome == PartOutcome::failed; });
}

void Verdict::require() const {
  for (const auto& part : parts)
    if (part.outcome == PartOutcome::failed)
      throw Error(part.kind,
                  fmt::format("{} is not verified: {}: {}", root.digest.text(), part.name, part.detail));
}

Json to_json(const Verdict& verdict, const std::string& place) {
  Json parts = Json::array();
  for (const auto& part : verdict.parts) {
    Json one = {{"name", part.name}, {"outcome", name_of(part.outcome)}, {"detail", as_utf8(part.detail)}};
    if (part.outcome == PartOutcome::failed) one["kind"] = name_of(part.kind);
    parts.push_back(std::move(one));
  }
  return {{"schemaVersion", 1},
          {"place", as_utf8(place)},
          {"digest", verdict.root.digest.text()},
          {"mediaType", as_utf8(verdict.root.media_type)},
          {"verified", verdict.holds()},
          {"parts", parts}};
}

std::string to_text(const Verdict& verdict, const std::string& place) {
  auto text = fmt::format("{}  {}@{}\n", verdict.holds() ? "verified" : "not verified",
                          escaped(place, false, 1000), verdict.root.digest.text());
  for (const auto& part : verdict.parts)
    text += fmt::format("  {:<12} {:<12} {}\n", part.name, name_of(part.outcome), part.detail);
  return text;
}

}  // namespace whittle::optimizer
