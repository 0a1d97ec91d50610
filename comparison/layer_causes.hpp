// The rules that turn findings about layers, archives and their entries into causes.
#pragma once

#include "comparison/cause_list.hpp"

namespace whittle::comparison {

// Packages and bases, which explain most of what follows them.
void add_package_causes(CauseList& causes);
// Compressors, formats, order, modes, owners, times: how the archives were written.
void add_archive_causes(CauseList& causes);
// Files that only one has, and those that moved.
void add_entry_causes(CauseList& causes);

}  // namespace whittle::comparison
