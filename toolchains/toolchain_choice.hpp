// Which version of Go a project is built with, when the lock does not say yet.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toolchains/go_version.hpp"

namespace whittle::toolchains {

struct VersionWish {
  std::optional<GoVersion> spec = {};  // of the spec; a language version (1.26) stands for its newest release
  GoLines lines = {};                  // of go.work, else go.mod
  std::string lines_of = "go.mod";     // which of them, for messages
};

// The spec's version; else that of a `toolchain` line which is not below the `go` line; else, for a `go` line
// of 1.21 or later, the newest release of its language version; else the newest release of all. `listed`
// gives the versions that can be fetched and is called only when they matter. Pre-releases are chosen only by
// name, or by a `go` line of which there is no release yet. Error(toolchain) naming both versions when the
// spec's is below the `go` line (hostile 30), and when nothing that is listed will do.
GoVersion choose_version(const VersionWish& wish, const std::function<std::vector<GoVersion>()>& listed);

// The versions among those of the toolchain module that run on a platform, each once, the oldest first.
std::vector<GoVersion> versions_for(const std::vector<std::string>& module_versions, std::string_view os,
                                    std::string_view architecture);

}  // namespace whittle::toolchains
