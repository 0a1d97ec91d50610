// The gate: every binary is read before it enters a layer, and refused with the offending bytes named when it is not
// what was asked for.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "layers/platform.hpp"

namespace whittle::builder {

struct GateRules {
  layers::Platform platform;
  std::string go_version;                       // "1.26.8"; what the build information must state
  std::string pattern;                          // the main package, for messages
  std::vector<std::filesystem::path> checksums;  // go.sum files that hold the sums of the modules inside
  std::vector<std::filesystem::path> private_folders;  // their names may occur nowhere: caches, temporary folders
  std::vector<std::filesystem::path> source_folders;   // may not occur as the path of a source file
};

// Error(policy) naming what is wrong; Error(toolchain) when the file is cut or contradicts itself (hostile 51).
void check_binary(const std::filesystem::path& file, const GateRules& rules);

}  // namespace whittle::builder
