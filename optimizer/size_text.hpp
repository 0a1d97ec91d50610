// What is said of an image that is above its limits.
#pragma once

#include <string>

#include "optimizer/size_comparison.hpp"

namespace whittle::optimizer {

// Lines for an error message, each after a line break and four blanks: every limit that is broken, with the
// imports that bring the part in, and what grew since `against`. Escaped.
std::string text_of(const ComparedImage& image);

}  // namespace whittle::optimizer
