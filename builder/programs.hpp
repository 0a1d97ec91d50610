// Brings each target its programs, from the nearest place that has them: the cache of this machine, the
// shared one, the compiler, here or on a remote worker. Go is looked for, and fetched, when it is needed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "builder/build_context.hpp"
#include "builder/build_plan.hpp"
#include "builder/compile.hpp"
#include "builder/go_ahead.hpp"
#include "builder/go_toolchain.hpp"
#include "builder/lock.hpp"
#include "builder/origins.hpp"
#include "builder/packages_ahead.hpp"
#include "builder/remote_compiler.hpp"
#include "builder/requirements.hpp"
#include "builder/shared_packages.hpp"
#include "builder/shared_targets.hpp"
#include "builder/target_layers.hpp"

namespace whittle::builder {

// Borrows everything, the lock even before it is settled; one thread.
class Programs {
 public:
  struct Parts {
    const BuildContext& build;
    BuildPlan& plan;
    const Lock& lock;
    const Requirements& requirements;
    Origins& origins;
    TargetLayers& layers;
    FileStates& results;  // of the cache's own files
  };
  explicit Programs(Parts parts);

  // Begins to fetch it when it is not on this machine.
  void expect(const LockedGo& go);
  // All targets have their programs and the layer of them afterwards. `shared` may be null, and both then
  // are. Throws Error as the compiler does.
  void make(SharedTargets* shared, SharedPackages* packages);
  // Keeps what was compiled here for others, who compile what imports it. What go says against it is told.
  void keep_packages(SharedPackages& packages);
  // Of a request whose program is there, or can be listed.
  const MadeFrom& made_from(std::size_t request);
  Compiler& compiler();
  // Whether Go and what it was last asked to compile are on this machine, so that asking costs nothing.
  bool are_known_here();

 private:
  struct Kin;
  std::vector<Kin> kin_among(const std::vector<std::size_t>& requests) const;
  std::unique_ptr<PackagesAhead> begin_fetching(SharedPackages& packages,
                                                const std::vector<std::size_t>& requests);
  void add(std::size_t request, const Binary& binary);
  std::filesystem::path module_cache() const;
  std::filesystem::path build_cache() const;
  std::unique_ptr<RemoteCompiler> remote_compiler();
  std::vector<ProgramLayer> layers_before_programs();

  Parts parts_;
  GoAhead go_ahead_;
  Host go_host_;
  std::optional<GoToolchain> go_;
  std::optional<Compiler> compiler_;
  std::unique_ptr<RemoteCompiler> remote_;
  std::vector<std::size_t> compiled_here_;  // requests
};

}  // namespace whittle::builder
