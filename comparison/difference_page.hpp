// A comparison as one HTML page: for looking at, and for passing on.
#pragma once

#include <string>

#include "comparison/image_difference.hpp"

namespace whittle::comparison {

// Self-contained: no script, no resource from elsewhere. Whatever comes from the images is text, whatever it
// looks like (hostile 272).
std::string page_of(const ImageDifference& difference, const std::string& a, const std::string& b);

}  // namespace whittle::comparison
