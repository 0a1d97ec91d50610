// What several indexes have for one architecture, in one order that does not depend on theirs.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "packages/package_index.hpp"
#include "packages/package_relation.hpp"

namespace whittle::packages {

// An index, and the number of the archive that it is from.
struct PoolIndex {
  std::shared_ptr<const PackageIndex> index;
  std::size_t archive = 0;
};

// Immutable; any number of threads. Keeps the indexes alive.
class PackagePool {
 public:
  struct Candidate {
    const IndexedPackage* package = nullptr;
    std::size_t archive = 0;  // the first that has it
  };

  // Packages of other architectures than `architecture` and "all" are left out. Of packages that agree in
  // name, version and architecture the first archive's is taken.
  PackagePool(std::vector<PoolIndex> indexes, std::string architecture);

  const std::string& architecture() const { return architecture_; }
  // Sorted by name; of one name the highest version first.
  std::span<const Candidate> all() const { return candidates_; }
  // The packages of that name, the highest version first.
  std::span<const Candidate> named(std::string_view name) const;
  // Those that fulfil the relation: by name (highest version first), then by what they provide (sorted by
  // name). A provision without a version fulfils no relation that names one (policy, section 7.5).
  std::vector<const Candidate*> fulfilling(const PackageRelation& relation) const;

 private:
  struct Provision {
    std::string_view name;
    std::size_t candidate;  // its place in candidates_
    PackageRelation relation;
  };
  bool is_foreign(const PackageRelation& relation) const;
  void index_provisions();

  std::vector<PoolIndex> indexes_;
  std::string architecture_;
  std::vector<Candidate> candidates_;
  std::vector<Provision> provisions_;
};

}  // namespace whittle::packages
