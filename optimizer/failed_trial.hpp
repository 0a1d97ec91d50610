// A change that was to be measured and cannot be built.
#pragma once

#include <string>

#include "common/error.hpp"

namespace whittle::optimizer {

// Whether that says something of the change alone: not of this machine, and not that somebody wants an end.
bool is_about_the_change(const Error& error);

// Why, in one line for people: of what go says, its first line about a source.
std::string reason_of(const Error& error);

}  // namespace whittle::optimizer
