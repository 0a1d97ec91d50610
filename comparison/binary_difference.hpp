// Two ELF files: by section, and where Go made them by function, build information, build ID, embedded paths
// and debug information.
#pragma once

#include "binaries/random_access.hpp"
#include "comparison/finding.hpp"

namespace whittle::comparison {

// A file or a part of it that cannot be read gives a finding "not-looked-into" that says why; the rest
// stands. Every finding is one step below `where`. Memory is bounded by GoFunctions::most_functions, not by
// the files. Error(io) alone is thrown.
void compare_binaries(const binaries::RandomAccess& a, const binaries::RandomAccess& b, const Where& where,
                      Findings& findings);

}  // namespace whittle::comparison
