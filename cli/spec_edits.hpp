// Writes what was measured into the spec that it was measured for.
#pragma once

#include <vector>

#include "builder/spec.hpp"
#include "optimizer/spec_edit.hpp"

namespace whittle::cli {

class Session;

// Replaces the file of the spec, and says with what. Error(conflict) when its text is not any more what was
// read, Error(spec) where an edit cannot be made, or what came of it is no spec: then nothing is written
// (hostile 26).
void write_edits(const builder::Spec& spec, const std::vector<optimizer::SpecEdit>& edits, Session& session);

}  // namespace whittle::cli
