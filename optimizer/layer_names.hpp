// What the layers of an image are there for, told by its history.
#pragma once

#include <string_view>
#include <vector>

#include "optimizer/inspect.hpp"

namespace whittle::optimizer {

// One of builder::size_limit_layers for each layer, from the lowest up. Of an image that whittle did not
// build everything is "binaries": nobody says where its base ends.
std::vector<std::string_view> layer_names(const InspectedPlatform& platform);

// Whether a layer of that name lies below what the image's own spec says.
bool is_of_base(std::string_view name);

}  // namespace whittle::optimizer
