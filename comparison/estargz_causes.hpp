// The rules for what eStargz adds to a layer: an index, a landmark, and annotations that vouch for the index.
#pragma once

#include "comparison/cause_list.hpp"

namespace whittle::comparison {

// Goes before the rules for entries and contents: an index differs whenever a file or the compression does.
void add_estargz_causes(CauseList& causes);

}  // namespace whittle::comparison
