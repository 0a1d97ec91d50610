// How large an image and its parts may be: `limits` of the spec.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "builder/position.hpp"

namespace whittle::builder {

struct SizeLimit {
  std::uint64_t bytes = 0;
  std::string written = {};  // "900KiB"
  Position where = {};
};

// In compressed bytes, of one platform's image.
struct SizeLimits {
  std::optional<SizeLimit> image = {};             // all layers, those of the base too
  std::optional<SizeLimit> layer = {};             // each layer
  std::map<std::string, SizeLimit> layers = {};    // by one of size_limit_layers
  std::map<std::string, SizeLimit> modules = {};   // by path, without version; "std" is Go's own library
  std::map<std::string, SizeLimit> packages = {};  // by import path; "main" is the main package

  // Not of its size, and so of no account below: what a container of it may need while `build --smoke` runs
  // it.
  std::optional<SizeLimit> memory = {};

  bool empty() const { return !image && !layer && layers.empty() && modules.empty() && packages.empty(); }
};

// What an image of whittle's consists of, from the lowest layer up: the base, Debian packages on top of it,
// `files`, the programs.
inline constexpr std::array<std::string_view, 4> size_limit_layers = {"base", "packages", "files",
                                                                      "binaries"};

}  // namespace whittle::builder
