// The release of Go that a program says it was built with.
#pragma once

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <string>

#include "builder/cache.hpp"
#include "builder/go_toolchain.hpp"
#include "builder/host.hpp"
#include "common/report.hpp"
#include "layers/platform.hpp"
#include "registry/access.hpp"

namespace whittle::optimizer {

// What a build of sources at hand needs. Borrows.
struct GoTools {
  const builder::Host& host;
  builder::Cache& cache;
  registry::Access& access;
  Reporter& reporter;
  layers::Platform machine;  // this one
  unsigned jobs = 1;
  bool offline = false;  // nothing is fetched
  std::chrono::sys_seconds now = {};
  std::stop_token stop = {};
};

// From the toolchain store, verified by the checksum database, which is asked through the proxies that are
// configured; where these do not give it, a Go in PATH of just that version. Error(not_found) and others as of
// the store.
builder::GoToolchain provide_recorded_go(const std::string& version, const GoTools& tools);

}  // namespace whittle::optimizer
