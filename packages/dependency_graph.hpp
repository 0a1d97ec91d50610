// What may come in with a set of packages: the part of a pool that a solver has to know.
#pragma once

#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "packages/package_pool.hpp"

namespace whittle::packages {

// One of these has to be there; in the order of preference.
using Choice = std::vector<const PackagePool::Candidate*>;

// Borrows the pool. One thread per instance.
class DependencyGraph {
 public:
  explicit DependencyGraph(const PackagePool& pool) : pool_(pool) {}

  // What a package depends on, as its fields say it. Error(integrity) naming the package when they are
  // malformed.
  static std::vector<Alternatives> depends_of(const IndexedPackage& package);
  static std::vector<Alternatives> conflicts_of(const IndexedPackage& package);

  // Everything that a chain of dependencies leads to, the roots included; in the order of the pool.
  std::vector<const PackagePool::Candidate*> reachable(const Choice& roots);

  // What comes in when each dependency takes the first of its choices and nothing conflicts. What is named in
  // `present` is there already.
  std::vector<const PackagePool::Candidate*> preferred(const Choice& roots,
                                                       const std::set<std::string_view>& present);

 private:
  const std::vector<Choice>& choices_of(const PackagePool::Candidate& candidate);

  const PackagePool& pool_;
  std::map<const PackagePool::Candidate*, std::vector<Choice>> choices_;
};

}  // namespace whittle::packages
