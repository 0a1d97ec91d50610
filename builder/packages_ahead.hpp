// Compiled packages on their way from the shared cache, while Go itself is, or is looked for.
#pragma once

#include <filesystem>
#include <stop_token>
#include <thread>
#include <vector>

#include "builder/shared_packages.hpp"

namespace whittle::builder {

// Used by one thread; the one it starts touches what is borrowed as any thread may. Its end stops what nobody
// waited for: what has come stays in Go's cache, where it is of use to the next build.
class PackagesAhead {
 public:
  // `build_cache` is GOCACHE.
  PackagesAhead(SharedPackages& packages, std::vector<CompiledSet> sets, std::filesystem::path build_cache,
                unsigned jobs);

  // Until all is there that will come.
  void wait();

 private:
  std::jthread fetching_;
};

}  // namespace whittle::builder
