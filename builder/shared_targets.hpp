// Targets of a build and the shared cache: what is taken from it instead of being made, and what is kept
// there for others.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "builder/assemble.hpp"
#include "builder/build_context.hpp"
#include "builder/build_plan.hpp"
#include "builder/image_facts.hpp"
#include "builder/lock.hpp"
#include "builder/shared_cache.hpp"
#include "builder/shared_image.hpp"
#include "builder/shared_record.hpp"
#include "builder/target_layers.hpp"

namespace whittle::builder {

// The key of a target's record: over all that decides its programs and its layers but for the files they are
// made from. `host` is the platform that Go runs on.
Digest record_key(const Target& target, const BuildPlan& plan, const Lock& lock, const std::string& host,
                  Assembler& assembler, const BuildOptions& options);
// What of a target is in a shared cache; line tables that are kept apart are in nobody's layers.
bool is_shareable(const Target& target, const BuildPlan& plan);
// Its programs, with where they go; borrows the plan.
SharedPrograms programs_of(const Target& target, const BuildPlan& plan);

// Borrows everything; one thread, but for keep(), which several may call as SharedCache::keep().
class SharedTargets {
 public:
  struct Parts {
    SharedCache& cache;
    const BuildContext& build;
    BuildPlan& plan;
    const Lock& lock;
    TargetLayers& layers;
  };
  explicit SharedTargets(Parts parts) : parts_(parts) {}

  // Gives targets what the cache has of them, as if it had been made here. `missing` are requests, of targets
  // that have their keys; those that are still open are returned.
  std::vector<std::size_t> take(const std::vector<std::size_t>& missing);
  // Keeps what is known of a target whose image is complete; its layers are here or can be mounted from
  // `from`.
  void keep(const Target& target, const AssembledImage& image,
            const std::shared_ptr<registry::ImageSource>& from);

 private:
  bool add(Target& target, SharedRecord record);
  SharedRecord record_of(const Target& target, const AssembledImage& image);

  Parts parts_;
  std::map<const Target*, ImageFacts> taken_ = {};  // what the record said that a target was taken from
};

}  // namespace whittle::builder
