// Why two binaries differ: the rules from what compare_binaries finds to causes.
#pragma once

#include "comparison/cause_list.hpp"

namespace whittle::comparison {

// For every binary, in this order: another machine, another Go, modules, settings, what was stripped, where
// it was built; then, where none of these says why the code is another one, the packages whose source changed
// and the texts that were exchanged. What follows from a cause (sections, functions, build IDs) is explained
// by the first of them.
void add_binary_causes(CauseList& causes);

}  // namespace whittle::comparison
