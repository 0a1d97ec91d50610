// The environment a go command runs in: built from nothing (design: nothing of the host's settings reaches
// the compiler, except what selects where bytes come from).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "builder/go_toolchain.hpp"
#include "builder/host.hpp"
#include "layers/platform.hpp"

namespace whittle::builder {

// How C is compiled: cgo.hpp.
struct CgoSettings {
  std::filesystem::path driver;
  std::vector<std::string> environment;  // NAME=VALUE
  bool operator==(const CgoSettings&) const = default;
};

// Where Go keeps things and which workspace is in force.
struct GoFolders {
  std::filesystem::path build_cache;   // GOCACHE
  std::filesystem::path module_cache;  // GOMODCACHE
  std::filesystem::path
      temporary;  // HOME, TMPDIR and GOPATH of the child: private, empty, removed afterwards
};

// GOMODCACHE as the user's own go would choose it: GOMODCACHE, GOPATH, the user's `go env -w` file, ~/go.
std::filesystem::path module_cache_of(const Host& host, const std::filesystem::path& fallback);

// GOCACHE: the host's, else the fallback.
std::filesystem::path build_cache_of(const Host& host, const std::filesystem::path& fallback);

// The values that choose where modules come from, from the environment or the user's `go env -w` file;
// sorted. They are part of every key, since a change of them may change what go is able to fetch.
std::vector<std::pair<std::string, std::string>> module_source_settings(const Host& host);

// NAME=VALUE for the child; without `cgo` no C is compiled. `workspace` is the go.work in force, or empty for
// none.
std::vector<std::string> go_environment(const Host& host, const GoToolchain& go, const GoFolders& folders,
                                        const layers::Platform& platform,
                                        const std::filesystem::path& workspace, bool vendored,
                                        const std::optional<CgoSettings>& cgo = {});

// Makes the private folder that go takes for its user's home. It collects no statistics there, which would
// cost a process.
void make_private_home(const std::filesystem::path& folder);

// The variables that select the instruction set of a platform, e.g. GOAMD64=v1; part of every key.
std::vector<std::string> instruction_set(const layers::Platform& platform);

// What the compiler and the linker, which live for moments, collect of their garbage: nothing, as long as
// `jobs` of them beside go itself fit into `memory` bytes (0: not known). It reaches no byte of their output.
std::vector<std::string> garbage_collection(std::uint64_t memory, unsigned jobs);

// Names of variables that are set on the host, mean something to go, and are not passed on. For -v.
std::vector<std::string> ignored_variables(const Host& host);

}  // namespace whittle::builder
