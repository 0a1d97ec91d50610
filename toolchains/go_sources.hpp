// Where Go's modules and their checksums come from: what the spec says, else the environment, else a Go on
// this machine.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "toolchains/checksum_database.hpp"

namespace whittle::toolchains {

using Environment = std::map<std::string, std::string, std::less<>>;

struct GoSources {
  std::string goproxy = {};                 // as GOPROXY; "" when nothing says
  std::string gosumdb = {};                 // as GOSUMDB; "" when nothing says
  std::filesystem::path module_cache = {};  // GOMODCACHE; "" when unknown
  std::filesystem::path goroot = {};        // of a Go on this machine, however old; "" when there is none
};

// Fills what `stated` (by the spec) leaves empty. A variable that is set but empty counts as not set, as for
// go. A Go is run (`go env`, with GOTOOLCHAIN=local and little else, within ten seconds) only when something
// is still missing; one that fails or answers nonsense counts as none. No network is touched.
GoSources find_go_sources(GoSources stated, const Environment& environment, const std::stop_token& stop);

// The go commands of this machine, in the order of trying: those in PATH, then where Go and its packages for
// distributions are installed.
std::vector<std::filesystem::path> find_go_commands(const Environment& environment);

// The settings in the output of `go env -json`. Error(toolchain) for what is no such output.
GoSources read_go_env(std::string_view json);

// Looks for keys below the sources' GOROOT.
FindKey key_finder(const GoSources& sources);

}  // namespace whittle::toolchains
