#include "vulnerabilities/advisory_groups.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "common/text.hpp"

namespace whittle::vulnerabilities {

std::vector<std::vector<std::size_t>> groups_of(const std::vector<const Advisory*>& advisories) {
  std::vector<std::vector<std::size_t>> groups;
  std::map<std::string, std::size_t> group_of;  // by name of a vulnerability
  for (std::size_t i = 0; i < advisories.size(); ++i) {
    auto names = advisories[i]->aliases;
    names.insert(advisories[i]->id);
    auto target = groups.size();
    for (const auto& name : names)
      if (const auto found = group_of.find(name); found != group_of.end())
        target = std::min(target, found->second);
    if (target == groups.size()) groups.emplace_back();
    groups[target].push_back(i);
    for (const auto& name : names) {
      const auto [known, is_new] = group_of.emplace(name, target);
      if (is_new || known->second == target) continue;
      const auto joined = known->second;  // it connects two groups: the later one becomes part of the earlier
      groups[target].insert(groups[target].end(), groups[joined].begin(), groups[joined].end());
      groups[joined].clear();
      for (auto& [other, group] : group_of)
        if (group == joined) group = target;
    }
  }
  std::erase_if(groups, [](const auto& group) { return group.empty(); });
  for (auto& group : groups) std::sort(group.begin(), group.end());
  return groups;
}

Finding begin_finding(const Advisory& advisory, const Affected& affected, std::string package,
                      std::string version) {
  Finding finding;
  finding.id = as_utf8(advisory.id);
  finding.summary = as_utf8(advisory.summary);
  finding.url = as_utf8(advisory.url);
  finding.ecosystem = affected.ecosystem;
  finding.package = std::move(package);
  finding.fixed = as_utf8(affected.fix_of(version));
  finding.version = std::move(version);
  return finding;
}

void take_fix(const Affected& affected, Finding& finding) {
  if (finding.fixed.empty()) return;
  const auto fix = affected.fix_of(finding.version);
  if (fix.empty() || *compare(affected.order, finding.fixed, fix) < 0) finding.fixed = as_utf8(fix);
}

void add_names(const Advisory& advisory, Finding& finding) {
  for (const auto* names : {&advisory.aliases, &advisory.upstream})
    for (const auto& name : *names) finding.aliases.insert(as_utf8(name));
  finding.aliases.insert(as_utf8(advisory.id));
  finding.aliases.erase(finding.id);
  if (finding.summary.empty()) finding.summary = as_utf8(advisory.summary);
}

void take_severity(const Advisory& advisory, const Affected& affected, Finding& finding) {
  const auto severity = affected.severity ? affected.severity : advisory.severity;
  if (!severity || *severity <= finding.severity) return;
  finding.severity = *severity;
  finding.score = affected.severity ? std::nullopt : advisory.score;
}

}  // namespace whittle::vulnerabilities
