// A suite as one signed release describes it: its indexes, fetched and kept in the cache.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/digest.hpp"
#include "packages/package_archive.hpp"
#include "packages/package_context.hpp"
#include "packages/package_index.hpp"
#include "packages/release_file.hpp"

namespace whittle::packages {

// What the lock keeps of a release. A value.
struct UsedRelease {
  std::string suite;
  std::string codename;
  std::vector<std::string> components;
  std::chrono::sys_seconds date;
  Digest digest;  // of InRelease
  bool operator==(const UsedRelease&) const = default;
};

// Its indexes lie in the cache. Immutable; borrows the context.
class SuiteState {
 public:
  // Fetches and verifies InRelease and the indexes of the archive's components for these architectures. An
  // archive that changes meanwhile is read once more from its start. Error(unverified), Error(not_found)
  // where there is no such suite, component or architecture, Error(network). A release from before
  // `not_before` is refused like one with a bad signature.
  static SuiteState fetch(const PackageArchive& archive, const std::vector<std::string>& architectures,
                          std::chrono::sys_seconds now, const PackageContext& context,
                          std::chrono::sys_seconds not_before = {});

  const UsedRelease& used() const { return used_; }
  // The indexes for one of the architectures, verified again while they are read from the cache. One that was
  // damaged there is taken away, and Error(conflict) asks to begin anew.
  std::vector<std::shared_ptr<const PackageIndex>> load(const std::string& architecture) const;

 private:
  struct Index {
    std::string what;
    ReleaseEntry entry;  // of the plain index
  };
  SuiteState(UsedRelease used, const PackageContext& context) : used_(std::move(used)), context_(&context) {}

  UsedRelease used_;
  const PackageContext* context_;
  std::map<std::string, std::vector<Index>> indexes_;  // by architecture
};

}  // namespace whittle::packages
