// What every part of a build goes by: what is wanted, and what of the world it may use.
#pragma once

#include <stop_token>

#include "builder/build.hpp"
#include "builder/build_values.hpp"
#include "builder/cache.hpp"
#include "builder/file_states.hpp"
#include "builder/host.hpp"
#include "builder/named_values.hpp"
#include "builder/spec.hpp"
#include "common/report.hpp"
#include "registry/access.hpp"

namespace whittle::builder {

// Borrows everything; good for as long as the build is.
struct BuildContext {
  const Spec& spec;  // with the profile that was asked for
  const BuildOptions& options;
  const Host& host;
  Cache& cache;
  registry::Access& access;
  FileStates& states;  // of sources
  BuildValues& values;
  NamedValues named;  // the same, for expand()
  Reporter& reporter;
  std::stop_token stop;
};

}  // namespace whittle::builder
