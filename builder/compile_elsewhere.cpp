// The part of Compiler that has others compile: what it needs to know for that, and what it records of it.
#include <algorithm>
#include <map>

#include "builder/compile.hpp"
#include "builder/elsewhere.hpp"
#include "builder/go_list.hpp"

namespace whittle::builder {

// Groups consist of all requests, whichever of them are stale: so an action is the same one on every machine,
// and its result is found by the next.
std::vector<Compiler::Group> Compiler::groups_elsewhere(const Requests& requests,
                                                        const std::vector<std::size_t>& stale) const {
  std::vector<Group> groups;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (!elsewhere_->takes(requests[i]) || executable_name(requests[i].main.pattern).empty()) continue;
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& one) {
      return one.size() < Elsewhere::most_members && can_join(one, i, requests);
    });
    if (group != groups.end())
      group->push_back(i);
    else
      groups.push_back({i});
  }
  std::erase_if(groups, [&](const Group& group) {
    return std::none_of(group.begin(), group.end(), [&](std::size_t member) {
      return std::find(stale.begin(), stale.end(), member) != stale.end();
    });
  });
  return groups;
}

// Finds out what the members, which have equal settings, consist of. False when go cannot say, or says that
// one is no command: then they are compiled here, which ends with the reason.
bool Compiler::learn_inputs(const Group& members, const Requests& requests) {
  const auto& first = requests[members.front()];
  auto& dependencies = dependencies_of(first);
  std::vector<std::string> patterns;
  for (const auto member : members) patterns.push_back(requests[member].main.pattern);
  if (!must_list(members, requests)) {
    dependencies.refresh(patterns, states_, options_.jobs, stop_);
    return true;
  }
  auto task = reporter_.start("listing packages for " + first.platform.text(), 0);
  const auto result = listed(first, patterns);
  if (!result.outcome.succeeded()) return false;
  task->done("done");
  std::map<std::string, std::string> mains;
  for (const auto member : members) {
    const auto path = import_path_of(result.packages, requests[member].main);
    const bool is_command =
        path && std::any_of(result.packages.begin(), result.packages.end(),
                            [&](const auto& one) { return one.import_path == *path && one.name == "main"; });
    if (!is_command) return false;
    mains.emplace(requests[member].main.pattern, *path);
  }
  dependencies.record(result.packages, mains, shared_inputs(first.main, go_.root), states_, options_.jobs,
                      stop_);
  return true;
}

// Returns those that are still to be compiled here.
std::vector<std::size_t> Compiler::compile_elsewhere(const Requests& requests, std::vector<std::size_t> stale,
                                                     const Ready& ready) {
  std::map<Digest, Group> alike;  // those whose packages go lists at once
  const auto groups = groups_elsewhere(requests, stale);
  for (const auto& group : groups)
    for (const auto member : group) alike[settings_of(requests[member])].push_back(member);
  for (const auto& [settings, members] : alike)
    if (!learn_inputs(members, requests)) return stale;

  std::vector<ElsewhereGroup> wanted;
  for (const auto& group : groups) {
    std::vector<std::string> patterns;
    for (const auto member : group) patterns.push_back(requests[member].main.pattern);
    wanted.push_back({group, dependencies_of(requests[group.front()]).files_of(patterns)});
  }
  const auto made = elsewhere_->compile(requests, wanted);
  throw_if_changed();
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (!made[i]) continue;
    for (std::size_t k = 0; k < groups[i].size(); ++k) {
      const auto member = groups[i][k];
      if (std::erase(stale, member) == 0) continue;  // it was known
      const auto& request = requests[member];
      const auto& binary = (*made[i])[k];
      keep_entry(request, binary);
      ready(member, binary);
    }
  }
  for (const auto& [settings, members] : alike)
    dependencies_of(requests[members.front()]).save(cache_.dependencies_file(settings));
  return stale;
}

}  // namespace whittle::builder
