#include "vulnerabilities/sarif.hpp"

#include <fmt/format.h>

#include <map>
#include <string>

#include "common/text.hpp"
#include "evidence/component.hpp"

namespace whittle::vulnerabilities {
namespace {

std::string_view level_of(const Finding& finding) {
  switch (finding.weight()) {
    case Severity::critical:
    case Severity::high:
      return "error";
    case Severity::medium:
      return "warning";
    default:
      return "note";
  }
}

// Section 3.49. "security-severity" is how code hosts sort what concerns security.
Json rule_of(const Finding& finding) {
  const auto summary = finding.summary.empty() ? finding.id : finding.summary;
  Json properties = {{"tags", Json::array({"security", "vulnerability"})}};
  if (finding.score) properties["security-severity"] = fmt::format("{:.1f}", *finding.score);
  Json rule = {{"id", finding.id},
               {"shortDescription", {{"text", summary}}},
               {"help", {{"text", finding.url.empty() ? summary : finding.url}}},
               {"properties", properties}};
  if (finding.url.starts_with("https://") || finding.url.starts_with("http://"))
    rule["helpUri"] = finding.url;
  return rule;
}

std::string message_of(const Finding& finding) {
  auto text = fmt::format("{} {} has {}", finding.package, finding.version_text(finding.version), finding.id);
  if (!finding.summary.empty()) text += ": " + finding.summary;
  text += finding.fixed.empty()
              ? std::string(" (no version is known to mend it)")
              : fmt::format(" (fixed in {}: {})", finding.version_text(finding.fixed), finding.remedy());
  return as_utf8(text);
}

// Section 3.28. A file has no lines here; readers want one all the same.
Json location_of(const Location& location) {
  Json names = Json::array();
  for (const auto& symbol : location.symbols)
    names.push_back({{"fullyQualifiedName", symbol}, {"kind", "function"}});
  Json json = {{"physicalLocation",
                {{"artifactLocation", {{"uri", evidence::purl_encoded(location.path, true)}}},
                 {"region", {{"startLine", 1}}}}},
               {"properties", {{"layer", location.layer}}}};
  if (!names.empty()) json["logicalLocations"] = names;
  return json;
}

Json result_of(const Finding& finding, std::size_t rule) {
  Json locations = Json::array();
  for (const auto& location : finding.locations)
    if (location.presence != Presence::not_linked) locations.push_back(location_of(location));
  Json json = {
      {"ruleId", finding.id},
      {"ruleIndex", rule},
      {"level", level_of(finding)},
      {"message", {{"text", message_of(finding)}}},
      {"locations", locations},
      {"partialFingerprints",
       {{"vulnerability/v1", fmt::format("{}/{}/{}", finding.id, finding.ecosystem, finding.package)}}}};
  if (finding.dismissal) {
    Json suppression = {{"kind", "external"}};
    if (!finding.dismissal->reason.empty()) suppression["justification"] = finding.dismissal->reason;
    json["suppressions"] = Json::array({suppression});
  }
  return json;
}

Json run_of(const ScannedPlatform& platform, std::string_view tool_version) {
  Json rules = Json::array();
  Json results = Json::array();
  std::map<std::string, std::size_t> known;
  for (const auto& finding : platform.findings) {
    if (finding.presence() == Presence::not_linked) continue;
    const auto [rule, is_new] = known.emplace(finding.id, rules.size());
    if (is_new) rules.push_back(rule_of(finding));
    results.push_back(result_of(finding, rule->second));
  }
  return {{"tool", {{"driver", {{"name", "whittle"}, {"version", tool_version}, {"rules", rules}}}}},
          {"automationDetails", {{"id", fmt::format("whittle-scan/{}/", platform.platform.text())}}},
          {"results", results}};
}

}  // namespace

Json sarif_of(const Scan& scan, std::string_view tool_version) {
  Json runs = Json::array();
  for (const auto& platform : scan.platforms) runs.push_back(run_of(platform, tool_version));
  return {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", runs}};
}

}  // namespace whittle::vulnerabilities
