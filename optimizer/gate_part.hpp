// The part of a verdict that says whether the programs of an image would pass the gate of a build.
#pragma once

#include <string>

#include "optimizer/go_programs.hpp"

namespace whittle::optimizer {

// Puts each Go program through builder/gate.hpp, with what the image says: its platform, and a loader if it has
// one. The sums of its modules are not compared with any go.sum. Returns what passed, in words;
// Error(unverified) naming each program that does not, the offending bytes, and the others' number.
std::string check_gate(const ProgramsOfImage& image);

}  // namespace whittle::optimizer
