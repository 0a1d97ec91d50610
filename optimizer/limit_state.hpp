// How an image stands against the limits of its spec.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "builder/size_limits.hpp"
#include "optimizer/image_sizes.hpp"

namespace whittle::optimizer {

struct LimitState {
  enum class Part : std::uint8_t { image, layer, module, package };
  Part part = Part::image;
  std::string name = {};  // of the part, as in ImageSizes; of Part::image none
  builder::SizeLimit limit = {};
  std::optional<std::uint64_t> bytes = {};  // compressed; nothing when the image has no such part

  bool is_broken() const { return bytes && *bytes > limit.bytes; }
  std::uint64_t excess() const { return is_broken() ? *bytes - limit.bytes : 0; }
};

// Whether the limits are of parts that only reading programs tells about.
bool need_programs(const builder::SizeLimits& limits);

// Each limit, in the order of docs/spec.md.
std::vector<LimitState> states_of(const builder::SizeLimits& limits, const ImageSizes& sizes);

// "module golang.org/x/text"; the name is escaped.
std::string description_of(const LimitState& state);

}  // namespace whittle::optimizer
