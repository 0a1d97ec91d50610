// The Go toolchains in whittle's cache: each verified when it came, read-only since, shared by all projects
// and any number of processes.
//
// CACHE/toolchains/VERSION.OS-ARCH-HASH/ holds `go`, the GOROOT, and `sealed`, which is written last, when
// everything else has reached the disk, and says what was verified. A folder without it counts as absent.
// Using a toolchain does not hash it again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/file.hpp"
#include "common/report.hpp"
#include "toolchains/module_proxy.hpp"
#include "toolchains/module_zip.hpp"
#include "toolchains/toolchain_id.hpp"

namespace whittle::toolchains {

// What the lock names.
struct LockedToolchain {
  ToolchainId id;
  std::string hash;  // `h1:…` of the module's zip
  std::optional<std::uint64_t> zip_size =
      {};  // in bytes, when known: another one is refused while it is fetched
};

struct Toolchain {
  std::filesystem::path goroot;
  std::uint64_t zip_size = 0;  // of the zip it came in, for the lock
  std::filesystem::path go() const { return goroot / "bin" / "go"; }
};

// Finding is a matter of microseconds and touches no network. Thread-safe.
class ToolchainStore {
 public:
  struct Places {
    std::filesystem::path cache;         // whittle's; created when absent
    std::filesystem::path module_cache;  // of a Go on this machine (GOMODCACHE); "" for none
    ModuleProxy* proxy = nullptr;        // borrowed; null when no proxy may be asked
  };
  ToolchainStore(Places places, unsigned threads, Reporter& reporter, std::stop_token stop);

  // The toolchain, if it is in the cache.
  std::optional<Toolchain> find(const LockedToolchain& locked) const;

  // The toolchain, from the cache, else from a zip of the module cache, else from the proxies. Two processes
  // that want the same one fetch it once. Error(integrity) when what comes has another hash: nothing of it
  // stays. Error(not_found) when no place has it. The hash must have the form of one: Error(spec).
  Toolchain provide(const LockedToolchain& locked);

 private:
  std::filesystem::path folder_of(const LockedToolchain& locked) const;
  std::optional<Toolchain> unpack_from_module_cache(const LockedToolchain& locked,
                                                    const std::filesystem::path& work);
  Toolchain unpack_from_proxy(const LockedToolchain& locked, const std::filesystem::path& work);
  Toolchain unpack(const LockedToolchain& locked, ModuleZip zip, const std::filesystem::path& work);
  Toolchain keep(const LockedToolchain& locked, std::uint64_t zip_size, const std::filesystem::path& folder);

  Places places_;
  std::filesystem::path root_;
  unsigned threads_;
  Reporter& reporter_;
  std::stop_token stop_;
};

}  // namespace whittle::toolchains
