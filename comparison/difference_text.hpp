// A comparison for people: why first, then what, as a tree.
#pragma once

#include <string>

#include "comparison/image_difference.hpp"

namespace whittle::comparison {

// `a` and `b` are the places as they were written. Escapes of a terminal only where `color` is on; whatever
// comes from the images is escaped.
std::string text_of(const ImageDifference& difference, const std::string& a, const std::string& b,
                    bool color);

}  // namespace whittle::comparison
