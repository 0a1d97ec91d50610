// GOMEMLIMIT, as `memory` of the spec asks for it.
#pragma once

#include "builder/cache.hpp"
#include "builder/target.hpp"
#include "common/report.hpp"

namespace whittle::builder {

// Sets it in the plan of a target whose programs are known, unless the spec says it itself or the program
// that is started sets its own; that is told.
void settle_memory(Target& target, Cache& cache, Reporter& reporter);

}  // namespace whittle::builder
