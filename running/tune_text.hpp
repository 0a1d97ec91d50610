// What a search for a memory limit found, for people.
#pragma once

#include <string>
#include <vector>

#include "running/tune.hpp"

namespace whittle::running {

// A table of the runs, and what follows from them. `notes` are those of the program.
std::string text_of(const TuneResult& result, const std::vector<std::string>& notes);

// "held, peak 41.2 MiB": how one run ended.
std::string outcome_text(const Trial& trial);

}  // namespace whittle::running
