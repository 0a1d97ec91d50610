// A course of values as one line of characters.
#pragma once

#include <string>
#include <vector>

namespace whittle::running {

// As many characters as `width`, at most, each for the highest value of its stretch, from 0 to `top` (0: the
// highest there is). Block characters when `unicode`, else ASCII.
std::string sparkline(const std::vector<double>& values, double top, std::size_t width, bool unicode);

}  // namespace whittle::running
