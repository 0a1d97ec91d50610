// An image that was just built beside the one that was pushed before it: what `limits` and people want to
// know.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "builder/import_graph.hpp"
#include "layers/platform.hpp"
#include "optimizer/image_sizes.hpp"
#include "optimizer/limit_state.hpp"

namespace whittle::optimizer {

struct SizeChange {
  std::string name = {};  // as it came from outside
  std::uint64_t before = 0;
  std::uint64_t now = 0;

  std::int64_t bytes() const { return static_cast<std::int64_t>(now) - static_cast<std::int64_t>(before); }
  bool is_new() const { return before == 0; }
};

// Below this a change is the compressor's whim, and not told of: bytes.
inline constexpr std::int64_t smallest_change = 1'000;

// What differs, the largest growth first, the largest loss last, then by name.
std::vector<SizeChange> changes_between(const SizesByName& now, const SizesByName& before);

// Packages that were not in the program, and what leads to all of them.
struct NewImport {
  std::string chain = {};  // ends with the first of them; for people, escaped
  std::size_t packages = 0;
  std::uint64_t bytes = 0;
};

struct ComparedPlatform {
  layers::Platform platform;
  ImageSizes now;
  std::optional<ImageSizes> before = {};  // nothing: it could not be read
  std::vector<LimitState> limits = {};
  std::vector<builder::ImportGraph> imports = {};  // of its programs; none when go did not say

  // The imports that bring a part in, for people, escaped; empty when nobody knows.
  std::string chain_to_module(const std::string& path) const;
  std::string chain_to_package(const std::string& path) const;
  // What is new since `before`, the most bytes first. Packages that nothing imports, as far as known, are in
  // none.
  std::vector<NewImport> new_imports() const;
  bool is_broken() const;
};

struct ComparedImage {
  std::string name;           // of the spec
  std::string against = {};   // the place, as it is written; empty when there is none
  std::string not_read = {};  // why a platform has no `before`, for people, escaped
  std::vector<ComparedPlatform> platforms = {};

  bool is_broken() const;
  bool has_before() const;  // on any platform
};

// "+1.2 MB", "-3 B"; "0 B".
std::string signed_size(std::int64_t bytes);

}  // namespace whittle::optimizer
