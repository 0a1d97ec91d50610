// The Go that compiles: the toolchain that the lock names.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "builder/cache.hpp"
#include "builder/file_states.hpp"
#include "builder/host.hpp"
#include "builder/lock.hpp"
#include "builder/origins.hpp"
#include "common/digest.hpp"
#include "toolchains/toolchain_store.hpp"

namespace whittle::builder {

struct GoToolchain {
  std::filesystem::path root;     // GOROOT
  std::filesystem::path program;  // GOROOT/bin/go
  std::string version;            // "1.26.8"
  Digest identity;                // over what the lock says of it
};

// That of whittle's cache; else a Go in PATH that is the same file by file; else nothing. `platform` is this
// machine's
// ("linux/amd64"); the lock must have it.
std::optional<GoToolchain> go_at_hand(const LockedGo& locked, const std::string& platform, const Host& host,
                                      Cache& cache, FileStates& states, Origins& origins);
// The same without asking whether it is anywhere: version and identity, and no folder.
GoToolchain go_of_lock(const LockedGo& locked, const std::string& platform);
// Fetched, verified and kept. Error(toolchain), Error(integrity) as the store throws them.
GoToolchain fetched_go(const LockedGo& locked, const std::string& platform,
                       toolchains::ToolchainStore& store);

// The one, else the other.
GoToolchain provide_go(const LockedGo& locked, const std::string& platform, const Host& host, Cache& cache,
                       FileStates& states, Origins& origins);

}  // namespace whittle::builder
