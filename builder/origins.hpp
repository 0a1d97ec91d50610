// Where the things come from that a build takes from outside: Go's module proxies and checksum database,
// archives of Debian packages.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "builder/c_compiler.hpp"
#include "builder/cache.hpp"
#include "builder/host.hpp"
#include "builder/lock.hpp"
#include "builder/spec.hpp"
#include "common/report.hpp"
#include "packages/package_context.hpp"
#include "registry/access.hpp"
#include "toolchains/checksum_database.hpp"
#include "toolchains/go_sources.hpp"
#include "toolchains/module_proxy.hpp"
#include "toolchains/toolchain_store.hpp"

namespace whittle::builder {

// What the spec does not say is found out at the first use. One thread at a time. Borrows everything.
class Origins {
 public:
  struct Options {
    unsigned threads = 1;
    bool offline = false;               // nothing is fetched
    std::chrono::sys_seconds now = {};  // by which signatures and indexes are out of date
  };
  Origins(const Spec& spec, const Host& host, Cache& cache, registry::Access& access, Options options,
          Reporter& reporter, std::stop_token stop)
      : spec_(spec),
        host_(host),
        cache_(cache),
        access_(access),
        options_(options),
        reporter_(reporter),
        c_compilers_(host, cache, stop),
        stop_(std::move(stop)) {}

  const Options& options() const { return options_; }
  Cache& cache() { return cache_; }
  registry::Access& access() { return access_; }
  Reporter& reporter() { return reporter_; }
  const std::stop_token& stop() const { return stop_; }

  // Error(toolchain) when neither spec, environment nor a Go on this machine says where modules come from.
  toolchains::ModuleProxy& go_proxy();
  toolchains::ChecksumDatabase& checksum_database();
  // Stops when that token asks. It may be used by another thread, as long as this lives.
  toolchains::ToolchainStore toolchain_store(std::stop_token stop);
  const toolchains::GoSources& go_sources();

  CCompilers& c_compilers() { return c_compilers_; }

  // Those of the spec, else of WHITTLE_DEBIAN (lines as in sources.list), else of the host's apt. Error(spec)
  // with what to do when there is none.
  const std::vector<packages::PackageArchive>& archives();
  const packages::PackageContext& packages();
  // The .deb of a locked package, from the cache, an archive or a store.
  std::filesystem::path package(const LockedPackage& locked);

 private:
  registry::Web& web();
  std::optional<std::filesystem::path> from_store(const packages::PinnedPackage& package);

  const Spec& spec_;
  const Host& host_;
  Cache& cache_;
  registry::Access& access_;
  Options options_;
  Reporter& reporter_;
  CCompilers c_compilers_;
  std::stop_token stop_;
  std::unique_ptr<registry::Web> offline_web_;
  std::optional<toolchains::GoSources> go_sources_;
  std::optional<toolchains::ModuleProxy> go_proxy_;
  std::optional<toolchains::ChecksumDatabase> checksum_database_;
  std::optional<std::vector<packages::PackageArchive>> archives_;
  std::optional<packages::PackageContext> packages_;
};

}  // namespace whittle::builder
