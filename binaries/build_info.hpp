// The record that the Go linker leaves in every binary: version, main package, modules, settings (Go's
// package debug/buildinfo describes the format).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "binaries/elf.hpp"
#include "binaries/random_access.hpp"

namespace whittle::binaries {

struct GoModule {
  std::string path;
  std::string version;
  std::string sum;  // "h1:…", empty for the main module and for folders
};

struct BuildInfo {
  struct Dependency {
    GoModule module;
    std::optional<GoModule> replacement = {};
    // The module whose bytes are in the binary.
    const GoModule& effective() const { return replacement ? *replacement : module; }
  };
  std::string go_version;  // "go1.26.8"
  std::string path;        // import path of the main package
  std::optional<GoModule> main_module = {};
  std::vector<Dependency> dependencies = {};
  std::map<std::string, std::string> settings = {};  // "GOARCH" → "amd64", "-ldflags" → …
};

// The build information of a Go binary (Go 1.13 or later, settings since 1.18); nothing when there is none.
// Error(integrity) for a record that contradicts itself.
std::optional<BuildInfo> read_build_info(const RandomAccess& file, const Elf& elf);

// Parses the text form (what `go version -m` prints, without indentation). Error(integrity) for a module
// without path.
BuildInfo parse_module_info(std::string_view text);

}  // namespace whittle::binaries
