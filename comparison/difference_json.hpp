// The documented form of `diff --json` (docs/formats.md).
#pragma once

#include <string>

#include "common/json.hpp"
#include "comparison/image_difference.hpp"

namespace whittle::comparison {

// `a` and `b` are the places as they were written.
Json to_json(const ImageDifference& difference, const std::string& a, const std::string& b);

}  // namespace whittle::comparison
