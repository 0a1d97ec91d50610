// The folders of the build machine that the names of source files in a Go binary give away.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "binaries/go_functions.hpp"

namespace whittle::binaries {

// A folder below which source files lay: Go's own, a module cache, or the sources of the program.
struct EmbeddedRoot {
  enum class Kind { toolchain, module_cache, sources };
  Kind kind = Kind::sources;
  std::string path;         // "/home/u/shop"
  std::uint64_t files = 0;  // names that begin with it
  std::string example;      // the first of them
};

// What -trimpath removes: names that are absolute. At most one root of each kind, since the longest common
// folder is taken; in the order of the kinds.
std::vector<EmbeddedRoot> embedded_roots(const GoFunctions& functions);

// The offset of the first place where any of the texts stands in the file. Reads it once, in blocks; texts
// longer than 4,096 bytes and empty ones are not found.
std::vector<std::optional<std::uint64_t>> find_texts(const RandomAccess& file,
                                                     const std::vector<std::string>& texts);

}  // namespace whittle::binaries
