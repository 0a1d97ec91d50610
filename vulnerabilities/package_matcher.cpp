#include "vulnerabilities/package_matcher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "common/text.hpp"
#include "vulnerabilities/advisory_groups.hpp"
#include "vulnerabilities/ecosystem.hpp"

namespace whittle::vulnerabilities {
namespace {

using evidence::Component;

// Ecosystem, source package, its version.
using Source = std::tuple<std::string, std::string, std::string>;
struct Installed {
  std::set<std::string> packages = {};
  std::set<std::string> paths = {};
};

std::string why_unchecked(const Component& package, const std::string& ecosystem) {
  if (!ecosystem.empty()) return fmt::format("no database has entries of {}", shown(ecosystem));
  if (package.distribution.empty()) return "of an unknown distribution";
  return fmt::format("it is not known which release of {} it is of", shown(package.distribution));
}

std::vector<Finding> findings_of(const Source& source, const Installed& installed, Databases& databases) {
  const auto& [ecosystem, name, version] = source;
  std::vector<const Advisory*> advisories;
  std::vector<const Affected*> affected;
  const auto all = databases.about(ecosystem, name);
  for (const auto& advisory : all)
    for (const auto& one : advisory->affected)
      if (one.ecosystem == ecosystem && one.name == name && one.contains(version)) {
        advisories.push_back(advisory.get());
        affected.push_back(&one);
      }
  std::vector<Finding> findings;
  for (const auto& group : groups_of(advisories)) {
    const auto first = group.front();
    auto finding = begin_finding(*advisories[first], *affected[first], as_utf8(name), version);
    for (const auto i : group) {
      take_fix(*affected[i], finding);
      add_names(*advisories[i], finding);
      take_severity(*advisories[i], *affected[i], finding);
    }
    finding.installed = installed.packages;
    for (const auto& path : installed.paths) finding.locations.push_back({path, {}, Presence::installed, {}});
    findings.push_back(std::move(finding));
  }
  return findings;
}

// "DSA-1" that comes from CVE-1 and CVE-2, when both have entries of their own.
void drop_covered(std::vector<Finding>& findings, Databases& databases, const Source& source) {
  std::map<std::string, std::set<std::string>> upstream_of;
  for (const auto& advisory : databases.about(std::get<0>(source), std::get<1>(source)))
    upstream_of[as_utf8(advisory->id)] = advisory->upstream;
  std::map<std::string, std::set<std::string>>
      names;  // of a vulnerability: the findings that are about it alone
  for (const auto& finding : findings) {
    names[finding.id].insert(finding.id);
    const auto& upstream = upstream_of[finding.id];
    for (const auto& name : upstream.size() == 1 ? upstream : std::set<std::string>())
      names[name].insert(finding.id);
  }
  std::erase_if(findings, [&](const Finding& finding) {
    const auto& upstream = upstream_of[finding.id];
    return upstream.size() > 1 && std::all_of(upstream.begin(), upstream.end(),
                                              [&](const std::string& name) { return names.contains(name); });
  });
}

}  // namespace

PackageMatches match_packages(const std::vector<Component>& components, Databases& databases) {
  std::map<Source, Installed> sources;
  std::map<std::pair<std::string, std::string>, Unchecked> unchecked;  // by why and what kind
  for (const auto& component : components) {
    if (component.kind != Component::Kind::deb && component.kind != Component::Kind::apk) continue;
    const auto ecosystem = ecosystem_of(component);
    if (ecosystem.empty() || !databases.covers(ecosystem)) {
      const auto why = why_unchecked(component, ecosystem);
      auto& entry = unchecked[{why, component.name}];
      entry = {component.name, why, {}, {}};
      entry.paths.insert(component.origins.begin(), component.origins.end());
      continue;
    }
    if (!is_version(order_of(ecosystem), component.source_version)) {
      auto& entry = unchecked[{"its version is none", component.name}];
      entry = {
          component.name, fmt::format("its version {} is none", shown(component.source_version)), {}, {}};
      continue;
    }
    auto& installed = sources[{ecosystem, component.source, component.source_version}];
    installed.packages.insert(component.name);
    installed.paths.insert(component.origins.begin(), component.origins.end());
  }
  PackageMatches result;
  for (const auto& [source, installed] : sources) {
    auto findings = findings_of(source, installed, databases);
    drop_covered(findings, databases, source);
    for (auto& finding : findings) result.findings.push_back(std::move(finding));
  }
  for (auto& [key, entry] : unchecked) result.unchecked.push_back(std::move(entry));
  return result;
}

}  // namespace whittle::vulnerabilities
