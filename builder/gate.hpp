// The gate: every binary is read before it enters a layer, and refused with the offending bytes named when it
// is not what was asked for.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "layers/platform.hpp"

namespace whittle::builder {

struct GateRules {
  layers::Platform platform;
  std::string go_version = {};  // "1.26.8"; what the build information must state
  std::string pattern = {};     // the main package, for messages
  // go.sum files that hold the sums of the modules inside; none: nothing is known of them, and they are not
  // compared.
  std::vector<std::filesystem::path> checksums = {};
  std::vector<std::filesystem::path> private_folders =
      {};  // their names may occur nowhere: caches, temporary folders
  std::vector<std::filesystem::path> source_folders = {};  // may not occur as the path of a source file
  // The last -gcflags that go was given, which it records; "" for none. Not compared unless given.
  std::optional<std::string> compiler_flags = {};
  bool has_loader = false;  // the image has the one that the program asks for: it may be linked dynamically
  bool cgo = false;         // C is part of it
  bool any_cgo = false;     // built with or without cgo: what came of it is checked all the same
};

// Error(policy) naming what is wrong; Error(toolchain) when the file is cut or contradicts itself (hostile
// 51).
void check_binary(const std::filesystem::path& file, const GateRules& rules);

}  // namespace whittle::builder
