#include "vulnerabilities/report_json.hpp"

#include "common/text.hpp"
#include "vulnerabilities/report_text.hpp"

namespace whittle::vulnerabilities {
namespace {

Json to_json(const Location& location) {
  Json json = {
      {"path", as_utf8(location.path)}, {"layer", location.layer}, {"presence", name_of(location.presence)}};
  if (!location.symbols.empty()) json["symbols"] = location.symbols;
  return json;
}

Json to_json(const Finding& finding) {
  Json locations = Json::array();
  for (const auto& location : finding.locations) locations.push_back(to_json(location));
  Json json = {{"id", finding.id},
               {"aliases", finding.aliases},
               {"summary", finding.summary},
               {"severity", name_of(finding.severity)},
               {"ecosystem", finding.ecosystem},
               {"package", finding.package},
               {"version", as_utf8(finding.version_text(finding.version))},
               {"presence", name_of(finding.presence())},
               {"counts", finding.counts()},
               {"locations", locations}};
  if (!finding.url.empty()) json["url"] = finding.url;
  if (finding.score) json["score"] = *finding.score;
  if (!finding.installed.empty()) json["installed"] = finding.installed;
  if (!finding.fixed.empty()) {
    json["fixed"] = finding.version_text(finding.fixed);
    json["remedy"] = finding.remedy();
  }
  if (finding.dismissal) {
    json["ignored"] = {{"reason", finding.dismissal->reason}};
    if (!finding.dismissal->until.empty()) json["ignored"]["until"] = finding.dismissal->until;
  }
  return json;
}

Json to_json(const ScannedPlatform& platform) {
  Json findings = Json::array();
  for (const auto& finding : platform.findings) findings.push_back(to_json(finding));
  Json unchecked = Json::array();
  for (const auto& one : platform.unchecked) {
    Json paths = Json::array();
    for (const auto& path : one.paths) paths.push_back(as_utf8(path));
    unchecked.push_back(
        {{"name", one.name}, {"why", one.why}, {"candidates", one.candidates}, {"paths", paths}});
  }
  return {{"platform", platform.platform.text()},
          {"manifest", platform.manifest.digest.text()},
          {"programs", platform.programs},
          {"packages", platform.packages},
          {"findings", findings},
          {"unchecked", unchecked},
          {"warnings", platform.warnings}};
}

Json to_json(const Database& database, std::chrono::sys_days today) {
  Json json = {{"place", as_utf8(database.place())},
               {"entries", database.entries()},
               {"ecosystems", database.ecosystems()}};
  if (const auto age = age_of(database, today)) {
    json["modified"] = database.modified();
    json["ageInDays"] = *age;
  }
  return json;
}

}  // namespace

Json to_json(const Scan& scan, const std::string& place, const Databases& databases,
             std::chrono::sys_days today) {
  Json platforms = Json::array();
  for (const auto& platform : scan.platforms) platforms.push_back(to_json(platform));
  Json all = Json::array();
  for (const auto& database : databases.all()) all.push_back(to_json(database, today));
  return {{"schemaVersion", 1},
          {"place", as_utf8(place)},
          {"digest", scan.root.digest.text()},
          {"databases", all},
          {"platforms", platforms}};
}

}  // namespace whittle::vulnerabilities
