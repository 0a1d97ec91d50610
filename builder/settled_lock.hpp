// The lock that a build goes by: read, completed where that is allowed, written.
#pragma once

#include <filesystem>

#include "builder/lock.hpp"
#include "builder/lock_resolver.hpp"
#include "builder/origins.hpp"
#include "builder/requirements.hpp"
#include "builder/spec.hpp"
#include "registry/layout.hpp"

namespace whittle::builder {

// Beside the spec: whittle.lock for whittle.yaml, NAME.lock for another NAME.yaml. Without a spec, in the
// folder of the module that `main` belongs to.
std::filesystem::path lock_file_of(const Spec& spec, const std::vector<GoMain>& mains);

struct LockUse {
  std::filesystem::path file;
  bool locked = false;  // a lock that is missing or stale is Error(spec), never written
  bool write = true;    // else what is added is known to the caller alone
};

// The lock in the file with all that is required. What it lacks is looked up and added, and told; when it
// cannot be written where it is, that is a warning. `go_settled` learns of Go before the rest is looked up.
Lock settle_lock(const LockUse& use, const Requirements& requirements, Origins& origins,
                 const GoSettled& go_settled = {});

// Writes what is different in `after`. Another process may have written the file since `before` was read:
// what it added stays, what both changed is Error(conflict) (hostile 256).
void write_lock(const std::filesystem::path& file, const std::optional<Lock>& before, const Lock& after,
                const Cache& cache);

// Lines that name each thing a build would have to fetch: toolchain, packages, base images.
std::vector<std::string> missing_pieces(const Lock& lock, const Requirements& requirements,
                                        const registry::Layout& store, Origins& origins);

}  // namespace whittle::builder
