#include "packages/package_resolver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"

namespace whittle::packages {
namespace {

constexpr unsigned fetches_at_once = 4;

std::vector<SuiteState> fetch_all(const ResolveRequest& request, const PackageContext& context) {
  std::vector<std::optional<SuiteState>> slots(request.archives.size());
  parallel_for(slots.size(), fetches_at_once, context.stop, [&](std::size_t i) {
    slots[i] =
        SuiteState::fetch(request.archives[i], request.architectures, request.now, context,
                          request.not_before.empty() ? std::chrono::sys_seconds() : request.not_before.at(i));
  });
  std::vector<SuiteState> states;
  for (auto& slot : slots) states.push_back(std::move(*slot));
  return states;
}

PackagePool load(const std::vector<SuiteState>& states, const std::string& architecture,
                 const PackageContext& context) {
  std::vector<std::vector<std::shared_ptr<const PackageIndex>>> slots(states.size());
  parallel_for(slots.size(), fetches_at_once, context.stop,
               [&](std::size_t i) { slots[i] = states[i].load(architecture); });
  std::vector<PoolIndex> indexes;
  for (std::size_t i = 0; i < slots.size(); ++i)
    for (auto& index : slots[i]) indexes.push_back({std::move(index), i});
  return {std::move(indexes), architecture};
}

// The sets of one architecture; each knows all that lies below it.
void solve_sets(const ResolveRequest& request, const PackagePool& pool, Resolution& resolution) {
  std::map<std::string, std::vector<PinnedPackage>> below;  // by name of a set: all from its ground up
  for (const auto& set : request.sets) {
    SolveRequest wanted{set.wishes, set.dependencies, {}};
    if (!set.over.empty()) {
      const auto found = below.find(set.over);
      if (found == below.end())
        throw Error(ErrorKind::internal, fmt::format("the set {} lies over none before it", shown(set.name)));
      wanted.present = found->second;
    }
    ResolvedSet resolved{set.name, pool.architecture(), {}};
    resolved.packages = in_context(
        [&] { return fmt::format("choosing packages of {} for {}", shown(set.name), pool.architecture()); },
        [&] { return solve(pool, wanted); });
    for (const auto& one : resolved.packages) wanted.present.push_back(one.package);
    below.insert_or_assign(set.name, std::move(wanted.present));
    resolution.sets.push_back(std::move(resolved));
  }
}

}  // namespace

Resolution resolve_packages(const ResolveRequest& request, const PackageContext& context) {
  if (request.archives.empty())
    throw Error(ErrorKind::spec, "packages are asked for, but no package archive is known")
        .hint("name archives under `debian:` in the spec, or build where apt has sources");
  const auto states = fetch_all(request, context);
  Resolution resolution;
  for (const auto& state : states) resolution.releases.push_back(state.used());
  for (const auto& architecture : request.architectures) {
    throw_if_stopped(context.stop);
    solve_sets(request, load(states, architecture, context), resolution);
  }
  return resolution;
}

}  // namespace whittle::packages
