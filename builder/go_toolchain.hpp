// The Go that compiles: the toolchain that the lock names.
#pragma once

#include <filesystem>
#include <string>

#include "builder/cache.hpp"
#include "builder/file_states.hpp"
#include "builder/host.hpp"
#include "builder/lock.hpp"
#include "builder/origins.hpp"
#include "common/digest.hpp"

namespace whittle::builder {

struct GoToolchain {
  std::filesystem::path root;     // GOROOT
  std::filesystem::path program;  // GOROOT/bin/go
  std::string version;            // "1.26.8"
  Digest identity;                // over what the lock says of it
};

// From whittle's cache; else a Go in PATH that is the same file by file; else fetched, verified and kept. `platform` is this
// machine's ("linux/amd64"); the lock must have it. Error(toolchain), Error(integrity) as the toolchain store throws them.
GoToolchain provide_go(const LockedGo& locked, const std::string& platform, const Host& host, Cache& cache,
                       FileStates& states, Origins& origins);

// Whether nothing would have to be fetched for that.
bool has_go(const LockedGo& locked, const std::string& platform, const Host& host, Cache& cache, FileStates& states,
            Origins& origins);

}  // namespace whittle::builder
