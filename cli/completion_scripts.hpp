// Completion scripts for shells: commands, options, the values that are known, and files for all others.
#pragma once

#include <string>

#include "cli/command_outline.hpp"

namespace whittle::cli {

// Each may be read by `source` and, under the name the shell expects, found by it in its folder of
// completions. What stands in descriptions is quoted and can end no string.
std::string bash_completion(const CommandOutline& whittle);
std::string zsh_completion(const CommandOutline& whittle);
std::string fish_completion(const CommandOutline& whittle);

}  // namespace whittle::cli
