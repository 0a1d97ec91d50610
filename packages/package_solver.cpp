#include "packages/package_solver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

#include "common/error.hpp"
#include "common/text.hpp"
#include "packages/debian_version.hpp"
#include "packages/dependency_graph.hpp"
#include "packages/solv_pool.hpp"

namespace whittle::packages {
namespace {

using Candidate = PackagePool::Candidate;

constexpr std::size_t most_reasons = 20;

using Present = std::map<std::string_view, const PinnedPackage*>;

// True when what is below has what is wished; another version of it there contradicts the wish.
bool is_present(const Present& present, const PackageWish& wish) {
  const auto found = present.find(wish.name);
  if (found == present.end()) return false;
  const auto& version = found->second->version;
  if (wish.version.empty() || compare_versions(version, wish.version) == 0) return true;
  throw Error(ErrorKind::spec,
              fmt::format("package {}: the layers below have {} {}", wish.text(), wish.name, version))
      .hint("a package that is below cannot be replaced; ask for another version there");
}

// The candidates of the wishes, sorted by name, each once. Wishes for a version come first: one without is
// content with what they found.
Choice find_all(const PackagePool& pool, const SolveRequest& request, const Present& present) {
  std::map<std::string_view, const Candidate*> found;
  const std::set<PackageWish> wishes(request.wishes.begin(), request.wishes.end());
  const auto find = [&](const PackageWish& wish) {
    if (!wish.is_for(pool.architecture()) || is_present(present, wish)) return;
    const auto& candidate = find_wished(pool, wish);
    if (present.contains(candidate.package->name)) return;  // wished by what it provides
    const auto [place, is_new] = found.emplace(candidate.package->name, &candidate);
    if (is_new || place->second == &candidate || wish.version.empty()) return;
    throw Error(ErrorKind::spec,
                fmt::format("two versions of {} are asked for: {} and {}", candidate.package->name,
                            place->second->package->version, candidate.package->version));
  };
  for (const auto& wish : wishes)
    if (!wish.version.empty()) find(wish);
  for (const auto& wish : wishes)
    if (wish.version.empty()) find(wish);
  Choice all;
  for (const auto& [name, candidate] : found) all.push_back(candidate);
  return all;
}

ChosenPackage pin(const Candidate& candidate) {
  const auto& from = *candidate.package;
  if (!from.digest)
    throw Error(ErrorKind::unverified, fmt::format("package {}: its index has no SHA-256 of it", from.name));
  return {{std::string(from.name), std::string(from.version), std::string(from.architecture),
           std::string(from.path), from.size, to_digest(*from.digest)},
          candidate.archive};
}

[[noreturn]] void fail_unsolved(const std::vector<std::string>& problems) {
  std::string text = "no set of packages fulfils all that is asked for:";
  for (std::size_t i = 0; i < std::min(problems.size(), most_reasons); ++i)
    text += "\n  " + escaped(problems[i]);
  if (problems.size() > most_reasons)
    text += fmt::format("\n  … and {} reasons more", problems.size() - most_reasons);
  throw Error(ErrorKind::spec, text);
}

Choice close(const PackagePool& pool, const Choice& wanted, const Present& present) {
  DependencyGraph graph(pool);
  SolvPool solver(pool.architecture());
  std::map<const Candidate*, SolvPool::Handle> handles;
  std::map<SolvPool::Handle, const Candidate*> candidates;
  for (const auto* candidate : graph.reachable(wanted)) {
    const auto handle = solver.add(*candidate->package);
    handles.emplace(candidate, handle);
    candidates.emplace(handle, candidate);
  }
  std::set<std::string_view> names;
  for (const auto& [name, pinned] : present) {
    names.insert(name);
    const auto known = std::ranges::find_if(pool.named(name), [&pinned = pinned](const Candidate& one) {
      return one.package->version == pinned->version;
    });
    solver.add_present(*pinned, known == pool.named(name).end() ? nullptr : known->package);
  }
  const auto handles_of = [&](const Choice& some) {
    std::vector<SolvPool::Handle> all;
    for (const auto* one : some) all.push_back(handles.at(one));
    return all;
  };
  const auto answer = solver.solve(handles_of(wanted), handles_of(graph.preferred(wanted, names)));
  if (!answer.problems.empty()) fail_unsolved(answer.problems);
  Choice taken;
  for (const auto handle : answer.taken) taken.push_back(candidates.at(handle));
  return taken;
}

}  // namespace

std::vector<ChosenPackage> solve(const PackagePool& pool, const SolveRequest& request) {
  Present present;
  for (const auto& package : request.present) present.emplace(package.name, &package);
  auto taken = find_all(pool, request, present);
  if (request.dependencies && !taken.empty()) taken = close(pool, taken, present);
  std::vector<ChosenPackage> chosen;
  for (const auto* candidate : taken) chosen.push_back(pin(*candidate));
  std::ranges::sort(chosen, {}, [](const ChosenPackage& one) {
    return std::tie(one.package.name, one.package.version, one.package.architecture);
  });
  return chosen;
}

}  // namespace whittle::packages
