// `whittle lock`: makes, renews and checks the lock of a spec.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "builder/cache.hpp"
#include "builder/host.hpp"
#include "builder/lock_resolver.hpp"
#include "builder/spec.hpp"
#include "common/report.hpp"
#include "layers/platform.hpp"
#include "registry/access.hpp"
#include "registry/place.hpp"

namespace whittle::builder {

struct LockOptions {
  std::vector<layers::Platform> platforms = {};  // instead of the spec's
  layers::Platform host_platform;                // where nobody says otherwise, and where Go is to run
  Renewal renewal = {};
  std::optional<registry::Place> store = {};  // a repository or layout that gets the packages
  bool offline = false;
  std::chrono::sys_seconds now = {};
  unsigned jobs = 1;
};

// Borrows everything.
struct LockParts {
  const Host& host;
  Cache& cache;
  registry::Access& access;
  Reporter& reporter;
  std::stop_token stop;
};

struct LockCheck {
  std::filesystem::path file;
  bool exists = false;
  std::vector<std::string> lacking;      // what keeps a build from going by it
  std::vector<std::string> superfluous;  // what nothing asks for any more
  bool good() const { return exists && lacking.empty() && superfluous.empty(); }
};
// Compares the lock with the spec and with the C compilers of this machine. Fetches nothing.
LockCheck check_lock(const Spec& spec, const LockOptions& options, const LockParts& parts);

struct LockUpdate {
  std::filesystem::path file;
  std::vector<std::string> differences;  // for people; none when nothing is new
};
// Looks up what the lock lacks or what is to be renewed, drops what nothing asks for, and writes it.
LockUpdate update_lock(const Spec& spec, const LockOptions& options, const LockParts& parts);

}  // namespace whittle::builder
