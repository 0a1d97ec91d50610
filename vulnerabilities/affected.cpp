// Whether a version is affected (osv-schema, "Evaluation").
#include <algorithm>

#include "common/error.hpp"
#include "vulnerabilities/advisory.hpp"

namespace whittle::vulnerabilities {
namespace {

using Kind = VersionEvent::Kind;

// Whether a version stands before what an event names.
bool is_before(VersionOrder order, std::string_view version, const VersionEvent& event) {
  if (event.version == "0" && event.kind == Kind::introduced) return false;
  if (event.version == "*" && event.kind == Kind::limit) return true;
  const auto result = compare(order, version, event.version);
  if (!result) throw Error(ErrorKind::internal, "versions are compared that were not checked");
  return *result < 0;
}

bool is_in(VersionOrder order, const VersionRange& range, std::string_view version) {
  bool has_limit = false;
  bool is_within = false;
  bool affected = false;
  for (const auto& event : range) {
    const bool reached = !is_before(order, version, event);
    switch (event.kind) {
      case Kind::introduced:
        affected |= reached;
        break;
      case Kind::fixed:
        if (reached) affected = false;
        break;
      case Kind::last_affected:
        if (reached && compare(order, version, event.version) != std::weak_ordering::equivalent)
          affected = false;
        break;
      case Kind::limit:
        has_limit = true;
        is_within |= !reached;
        break;
    }
  }
  return affected && (!has_limit || is_within);
}

}  // namespace

bool Affected::contains(std::string_view version) const {
  if (ranges.empty() && versions.empty()) return true;
  const auto is_listed = [&](const std::string& one) {
    return one == version || compare(order, one, version) == std::weak_ordering::equivalent;
  };
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const VersionRange& range) { return is_in(order, range, version); }) ||
         std::any_of(versions.begin(), versions.end(), is_listed);
}

std::string Affected::fix_of(std::string_view version) const {
  const std::string* least = nullptr;
  for (const auto& range : ranges)
    for (const auto& event : range)
      if (event.kind == Kind::fixed && is_before(order, version, event) && !contains(event.version) &&
          (least == nullptr || is_before(order, event.version, {Kind::fixed, *least})))
        least = &event.version;
  return least == nullptr ? std::string() : *least;
}

}  // namespace whittle::vulnerabilities
