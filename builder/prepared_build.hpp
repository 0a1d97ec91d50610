// A build up to where something is to be made: what is wanted, what comes from outside, and all that could
// make it. What a build, and a plan of one, begin with.
#pragma once

#include <optional>
#include <stop_token>

#include "builder/build_context.hpp"
#include "builder/build_plan.hpp"
#include "builder/lock.hpp"
#include "builder/origins.hpp"
#include "builder/programs.hpp"
#include "builder/requirements.hpp"
#include "builder/shared_targets.hpp"
#include "builder/target_layers.hpp"

namespace whittle::builder {

// Borrows all that it is given; one thread. Its parts hold on to one another: it is never moved.
class PreparedBuild {
 public:
  PreparedBuild(const Spec& spec, const BuildOptions& options, const Host& host, Cache& cache,
                registry::Access& access, Reporter& reporter, const std::stop_token& stop);
  PreparedBuild(const PreparedBuild&) = delete;
  PreparedBuild& operator=(const PreparedBuild&) = delete;

  // Plans, and settles what comes from outside: it is known by its bytes from here on. Throws Error as its
  // parts do.
  void prepare(bool write_lock);
  // Keeps what was found out about files.
  void save();

 private:
  const Spec& written_;
  const Spec spec_;     // with the profile that was asked for
  FileStates states_;   // of sources
  FileStates results_;  // of the cache's own files
  BuildValues values_;

 public:
  const BuildContext build;
  BuildPlan plan;
  Requirements requirements;
  Lock lock;
  Origins origins;
  TargetLayers layers;
  Programs programs;
  // Where a shared cache was named and may be asked.
  std::optional<SharedPlace> place;
  std::optional<SharedCache> cache;
  std::optional<SharedTargets> shared;
  std::optional<SharedPackages> packages;

 private:
  void check_all_is_here();
};

}  // namespace whittle::builder
