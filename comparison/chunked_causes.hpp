// Why layers of zstd:chunked differ from others (layers/chunked_layer.hpp).
#pragma once

#include "comparison/cause_list.hpp"

namespace whittle::comparison {

void add_chunked_causes(CauseList& causes);

}  // namespace whittle::comparison
