// Entries of a vulnerability database, and the versions and scores in them: the first line is a version, the
// rest an entry.
#include <string>

#include "common/text.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "vulnerabilities/advisory.hpp"

using namespace whittle::vulnerabilities;

namespace {

void require_order(VersionOrder order, std::string_view a, std::string_view b) {
  using whittle::fuzz::require;
  const auto forth = compare(order, a, b);
  const auto back = compare(order, b, a);
  require(forth.has_value() == back.has_value(), "both ways or none");
  if (forth)
    require((*forth < 0) == (*back > 0) && (*forth == 0) == (*back == 0), "an order is one both ways");
  require(!is_version(order, a) || compare(order, a, a) == std::weak_ordering::equivalent,
          "a version is itself");
}

void require_sound(const Affected& affected, const std::string& version) {
  using whittle::fuzz::require;
  for (const auto& range : affected.ranges)
    for (const auto& event : range) require_order(affected.order, version, event.version);
  if (!is_version(affected.order, version)) return;
  const auto fix = affected.fix_of(version);
  if (fix.empty()) return;
  require(!affected.contains(fix), "what is mended is not affected");
  require(*compare(affected.order, version, fix) < 0, "it is mended in a later version");
}

}  // namespace

void whittle::fuzz::osv_input(std::string_view input) {
  const std::string version(take_line(input));
  for (const auto order : {VersionOrder::semantic, VersionOrder::debian, VersionOrder::alpine})
    require_order(order, version, input.substr(0, 40));
  if (const auto score = cvss_base_score(version))
    require(*score >= 0 && *score <= 10, "a score is from 0 to 10");
  if (const auto release = semantic_version_of_go(version))
    require(is_version(VersionOrder::semantic, *release), "a release of Go is a version");
  const auto advisory = parsed([&] { return parse_advisory(input, "the input"); });
  if (!advisory) return;
  require(!advisory->id.empty() && is_utf8(advisory->summary), "an entry has an id and a text");
  for (const auto& affected : advisory->affected) require_sound(affected, version);
}
