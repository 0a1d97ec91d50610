// A rebuild on a machine with another C compiler than the recorded one.
#pragma once

#include "builder/c_compiler.hpp"
#include "layers/platform.hpp"
#include "optimizer/rebuild_plan.hpp"

namespace whittle::optimizer {

// Puts the C compilers of this machine into the plan's lock where they are others, and says so in
// `other_compilers`: the image is built again with what is here, and whether it differs is seen. Recorded
// ones that this machine has none for stay. Of a record only the names of platform and library count; nothing
// of it is run.
void take_compilers_at_hand(RebuildPlan& plan, const layers::Platform& host, builder::CCompilers& compilers);

}  // namespace whittle::optimizer
