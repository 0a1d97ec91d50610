// The rules that turn findings about documents into causes; and the last one, for what no rule knows.
#pragma once

#include "comparison/cause_list.hpp"

namespace whittle::comparison {

// The base and the revision that annotations name.
void add_source_causes(CauseList& causes);
// Platforms, media types, environment, labels, history.
void add_config_causes(CauseList& causes);
// Whatever is left: each finding in words.
void add_other_causes(CauseList& causes);

}  // namespace whittle::comparison
