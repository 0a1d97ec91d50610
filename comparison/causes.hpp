// From findings to causes: why two images differ, one line each.
#pragma once

#include <vector>

#include "comparison/finding.hpp"

namespace whittle::comparison {

// Ranked: what explains most findings first. What only follows from another cause is left out. The texts
// stand alone, name the values, call the images A and B, "X instead of Y" for A's and B's, and are escaped.
std::vector<Cause> causes_of(const Findings& findings);

}  // namespace whittle::comparison
