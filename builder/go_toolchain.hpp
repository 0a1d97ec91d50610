// The Go on this host: where it is, which version, and what identifies it.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include "builder/file_states.hpp"
#include "builder/host.hpp"
#include "common/digest.hpp"

namespace whittle::builder {

struct GoToolchain {
  std::filesystem::path root;     // GOROOT
  std::filesystem::path program;  // GOROOT/bin/go
  std::string version;            // "1.26.8"
  Digest identity;                // over VERSION, go.env, the go command and the tools it runs
};

// Finds `go` in PATH. Error(toolchain) with what was searched when there is none, when it lacks its tools, or when
// `wanted` ("" for any) is another version. Runs nothing when the program lies in its GOROOT; a wrapper script is
// asked with `go env GOROOT`.
GoToolchain find_go(const Host& host, const std::string& wanted, FileStates& states, const std::stop_token& stop);

}  // namespace whittle::builder
