// What `build` knows of changes: the plan it prints, and the images it leaves out because they are as they
// were.
#pragma once

#include <string>
#include <vector>

#include "builder/spec.hpp"
#include "cli/build_flags.hpp"
#include "cli/session.hpp"

namespace whittle::cli {

// Leaves the images with these names.
void keep_only(builder::Spec& spec, const std::vector<std::string>& names);

// Prints as JSON which images changed, and why (docs/formats.md). Nothing is built.
void print_plan(const builder::Spec& spec, const BuildFlags& flags, Session& session);

// Takes the images away that are as they were, and tells why the others are not; returns their names.
std::vector<std::string> leave_out_unaffected(builder::Spec& spec, const BuildFlags& flags, Session& session);

}  // namespace whittle::cli
