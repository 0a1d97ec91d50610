#include "packages/package_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "common/error.hpp"
#include "packages/debian_version.hpp"

namespace whittle::packages {
namespace {

using Candidate = PackagePool::Candidate;

// Versions that dpkg holds for equal though they are written differently are told apart by their text.
bool precedes(const Candidate& a, const Candidate& b) {
  if (const int order = a.package->name.compare(b.package->name); order != 0) return order < 0;
  if (const auto order = compare_versions(a.package->version, b.package->version); order != 0)
    return order > 0;
  return std::tie(a.package->version, a.package->architecture, a.archive) <
         std::tie(b.package->version, b.package->architecture, b.archive);
}

bool is_same_package(const Candidate& a, const Candidate& b) {
  return a.package->name == b.package->name && a.package->version == b.package->version &&
         a.package->architecture == b.package->architecture;
}

}  // namespace

PackagePool::PackagePool(std::vector<PoolIndex> indexes, std::string architecture)
    : indexes_(std::move(indexes)), architecture_(std::move(architecture)) {
  for (const auto& [index, archive] : indexes_)
    for (const auto& package : index->packages())
      if (package.architecture == architecture_ || package.architecture == "all")
        candidates_.push_back({&package, archive});
  std::ranges::stable_sort(candidates_, precedes);
  candidates_.erase(std::unique(candidates_.begin(), candidates_.end(), is_same_package), candidates_.end());
  index_provisions();
}

void PackagePool::index_provisions() {
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const auto& package = *candidates_[i].package;
    if (package.provides.empty()) continue;
    in_context([&] { return fmt::format("what {} provides", package.name); },
               [&] {
                 for (const auto& alternatives : parse_relations(package.provides))
                   for (const auto& relation : alternatives)
                     provisions_.push_back({relation.name, i, relation});
               });
  }
  std::ranges::stable_sort(provisions_, {}, &Provision::name);
}

std::span<const Candidate> PackagePool::named(std::string_view name) const {
  const auto name_of = [](const Candidate& one) { return one.package->name; };
  return {std::ranges::lower_bound(candidates_, name, {}, name_of),
          std::ranges::upper_bound(candidates_, name, {}, name_of)};
}

bool PackagePool::is_foreign(const PackageRelation& relation) const {
  const auto& wanted = relation.architecture;
  return !wanted.empty() && wanted != "any" && wanted != "native" && wanted != "all" &&
         wanted != architecture_;
}

std::vector<const Candidate*> PackagePool::fulfilling(const PackageRelation& relation) const {
  std::vector<const Candidate*> found;
  if (is_foreign(relation)) return found;
  for (const auto& candidate : named(relation.name))
    if (relation.takes(candidate.package->version)) found.push_back(&candidate);
  const bool any = relation.comparison == PackageRelation::Comparison::any;
  const std::string_view name = relation.name;
  for (auto at = std::ranges::lower_bound(provisions_, name, {}, &Provision::name);
       at != provisions_.end() && at->name == name; ++at) {
    const auto& version = at->relation.version;
    if (any || (!version.empty() && relation.takes(version))) found.push_back(&candidates_[at->candidate]);
  }
  return found;
}

}  // namespace whittle::packages
