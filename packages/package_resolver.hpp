// From package archives and wishes to packages named by their bytes: what `whittle lock` asks for.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "packages/package_archive.hpp"
#include "packages/package_context.hpp"
#include "packages/package_solver.hpp"
#include "packages/package_wish.hpp"
#include "packages/suite_state.hpp"

namespace whittle::packages {

// Packages that go into a layer, over those of another set.
struct PackageSet {
  std::string name;  // for messages
  std::vector<PackageWish> wishes;
  bool dependencies = true;  // otherwise exactly what is wished
  std::string over = {};     // the name of a set before this one, whose packages lie below; empty: none
};

struct ResolveRequest {
  std::vector<PackageArchive> archives;
  std::vector<std::string> architectures;  // Debian's words: "amd64", "arm64"
  std::vector<PackageSet> sets;
  std::chrono::sys_seconds now;
  // The dates of the releases that were used the last time, one for each archive, or none at all: one that is
  // older now is somebody's replay.
  std::vector<std::chrono::sys_seconds> not_before = {};
};

struct ResolvedSet {
  std::string name;
  std::string architecture;
  std::vector<ChosenPackage>
      packages;  // what the set adds, sorted by name; numbers of archives are those of the request
};

struct Resolution {
  std::vector<ResolvedSet> sets;      // by architecture, then in the order of the request
  std::vector<UsedRelease> releases;  // one for each archive, in the order of the request
};

// Fetches the archives' indexes, verified by signature and digest, and solves each set for each architecture.
// Errors as SuiteState and solve(), naming set and architecture; Error(unverified) for an archive that went
// back in time. Holds the indexes of one architecture in memory at a time.
Resolution resolve_packages(const ResolveRequest& request, const PackageContext& context);

}  // namespace whittle::packages
