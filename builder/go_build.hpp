// One `go build` of several main packages with equal settings, and beside it the `go list` that says what
// they consist of, where that is not known.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "builder/go_environment.hpp"
#include "builder/go_list.hpp"
#include "builder/go_project.hpp"
#include "builder/go_toolchain.hpp"
#include "builder/host.hpp"
#include "common/sha256.hpp"
#include "common/subprocess.hpp"
#include "layers/platform.hpp"

namespace whittle::builder {

struct GoBuild {
  GoMain where;  // module and workspace; its pattern is not used
  layers::Platform platform;
  std::vector<std::string> patterns;      // main packages; their executables' names are distinct
  std::vector<std::string> linker_flags;  // one argument each
  std::vector<std::string> inlining;      // inlining_flags()
  std::vector<std::string> tags;
  std::optional<CgoSettings> cgo = {};  // nothing: without C
  std::filesystem::path output;         // an existing folder for the executables
  unsigned jobs = 1;
  std::function<bool()> must_list = {};     // asked by another thread while go compiles; empty: yes
  std::vector<std::string> variation = {};  // flags that make another program of it, which is only measured
};

struct GoBuildResult {
  Outcome compiled;
  std::optional<Outcome> listed;        // nothing when it was not needed
  std::vector<ListedPackage> packages;  // dependencies included; empty unless listing succeeded
};

// Runs both at once. What must_list throws, Error(interrupted), Error(toolchain) when go cannot be run,
// Error(spec) for a linker flag that go cannot take; that a command failed is in the result.
GoBuildResult go_build(const GoBuild& build, const Host& host, const GoToolchain& go,
                       const GoFolders& folders, const std::stop_token& stop);

struct GoListResult {
  Outcome outcome;
  std::vector<ListedPackage> packages;  // dependencies included; empty unless it succeeded
};

// What `go build` of the same would compile; output and linker flags are of no account. Errors as go_build().
GoListResult list_packages(const GoBuild& build, const Host& host, const GoToolchain& go,
                           const GoFolders& folders, const std::stop_token& stop);

// The objects in Go's build cache that the packages of it were compiled to, dependencies included; what is
// not there is compiled. Error(toolchain) as go says it, and errors as go_build().
std::set<Sha256> compiled_objects(const GoBuild& build, const Host& host, const GoToolchain& go,
                                  const GoFolders& folders, const std::stop_token& stop);

// The value of -ldflags for these arguments.
std::string joined_linker_flags(const std::vector<std::string>& flags);

}  // namespace whittle::builder
