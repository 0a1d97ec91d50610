#include "builder/packages_ahead.hpp"

#include <utility>

#include "builder/go_build_cache.hpp"
#include "common/error.hpp"

namespace whittle::builder {

PackagesAhead::PackagesAhead(SharedPackages& packages, std::vector<CompiledSet> sets,
                             std::filesystem::path build_cache, unsigned jobs)
    : fetching_([&packages, sets = std::move(sets), cache = GoBuildCache(std::move(build_cache)),
                 jobs](const std::stop_token& stop) {
        try {
          for (const auto& set : sets)
            if (!stop.stop_requested()) packages.fetch(set, cache, jobs, stop);
        } catch (const Error&) {
          // The build was interrupted, and ends by itself.
        }
      }) {}

void PackagesAhead::wait() {
  fetching_.join();
}

}  // namespace whittle::builder
