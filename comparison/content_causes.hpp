// The rules that turn findings about the contents of files into causes.
#pragma once

#include "comparison/cause_list.hpp"

namespace whittle::comparison {

// Time stamps and order in generated files, other compressors inside them; else that a file was modified.
void add_content_causes(CauseList& causes);

}  // namespace whittle::comparison
