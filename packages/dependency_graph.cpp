#include "packages/dependency_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <iterator>

#include "common/error.hpp"

namespace whittle::packages {
namespace {

using Candidate = PackagePool::Candidate;

std::vector<Alternatives> both(const IndexedPackage& package, std::string_view one, std::string_view other) {
  return in_context([&] { return fmt::format("package {}", package.name); },
                    [&] {
                      auto all = parse_relations(one);
                      std::ranges::move(parse_relations(other), std::back_inserter(all));
                      return all;
                    });
}

}  // namespace

std::vector<Alternatives> DependencyGraph::depends_of(const IndexedPackage& package) {
  return both(package, package.pre_depends, package.depends);
}

std::vector<Alternatives> DependencyGraph::conflicts_of(const IndexedPackage& package) {
  return both(package, package.conflicts, package.breaks);
}

const std::vector<Choice>& DependencyGraph::choices_of(const Candidate& candidate) {
  const auto [place, is_new] = choices_.try_emplace(&candidate);
  if (!is_new) return place->second;
  for (const auto& alternatives : depends_of(*candidate.package)) {
    Choice choice;
    for (const auto& relation : alternatives)
      std::ranges::copy(pool_.fulfilling(relation), std::back_inserter(choice));
    place->second.push_back(std::move(choice));
  }
  return place->second;
}

std::vector<const Candidate*> DependencyGraph::reachable(const Choice& roots) {
  std::set<const Candidate*> seen(roots.begin(), roots.end());
  Choice open(seen.begin(), seen.end());
  while (!open.empty()) {
    const auto* const next = open.back();
    open.pop_back();
    for (const auto& choice : choices_of(*next))
      for (const auto* one : choice)
        if (seen.insert(one).second) open.push_back(one);
  }
  return {seen.begin(), seen.end()};  // candidates lie in one array: this is the pool's order
}

std::vector<const Candidate*> DependencyGraph::preferred(const Choice& roots,
                                                         const std::set<std::string_view>& present) {
  std::set<std::string_view> names = present;
  for (const auto* root : roots) names.insert(root->package->name);
  Choice found(roots);
  for (std::size_t next = 0; next < found.size(); ++next) {
    for (const auto& choice : choices_of(*found[next])) {
      const bool fulfilled = std::ranges::any_of(
          choice, [&](const Candidate* one) { return names.contains(one->package->name); });
      if (choice.empty() || fulfilled) continue;
      names.insert(choice.front()->package->name);
      found.push_back(choice.front());
    }
  }
  return found;
}

}  // namespace whittle::packages
