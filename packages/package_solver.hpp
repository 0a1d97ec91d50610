// Chooses the packages that an image gets: what is wished and, unless that is refused, all that it depends
// on.
//
// Only Depends and Pre-Depends bring packages in; Conflicts and Breaks keep them apart. That Debian holds
// some packages for present everywhere (Essential) is of no effect: an image has what it names.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "packages/package_pool.hpp"
#include "packages/package_wish.hpp"
#include "packages/pinned_package.hpp"

namespace whittle::packages {

struct ChosenPackage {
  PinnedPackage package;
  std::size_t archive = 0;  // PoolIndex::archive
};

struct SolveRequest {
  std::vector<PackageWish> wishes;
  bool dependencies = true;                 // otherwise exactly what is wished
  std::vector<PinnedPackage> present = {};  // of the layers below: these stay as they are
};

// What has to be added to what is present, sorted by name. Depends on the content of pool and request alone,
// not on the order of wishes. Where a dependency offers several packages the first that can be had is
// preferred, and of each the highest version. Error(spec) when nothing fulfils all of it, with the reasons,
// each in a line. Error(unverified) when a chosen package has no SHA-256 in its index.
std::vector<ChosenPackage> solve(const PackagePool& pool, const SolveRequest& request);

}  // namespace whittle::packages
