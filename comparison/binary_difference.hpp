// Two ELF files by section and by what Go recorded of the build.
#pragma once

#include "binaries/random_access.hpp"
#include "comparison/finding.hpp"

namespace whittle::comparison {

// Error(integrity) for a file that contradicts itself.
void compare_binaries(const binaries::RandomAccess& a, const binaries::RandomAccess& b, const Where& where,
                      Findings& findings);

}  // namespace whittle::comparison
