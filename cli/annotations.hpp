// Errors as a CI service shows them beside the lines they are about.
#pragma once

#include <span>
#include <string>

#include "builder/host.hpp"
#include "common/error.hpp"

namespace whittle::cli {

// Workflow commands of GitHub Actions, `::error file=…,line=…::…`, one a line: one for each place in a file
// that the message names, ten at most, which is what GitHub shows of a step; without a file where it names
// none. A place is FILE:LINE or FILE:LINE:COLUMN of a file that is there: below the working folder, a folder
// above it up to the workspace, or that of a file among `arguments`. "" where no such service runs us.
std::string annotations_of(const Error& error, const builder::Host& host,
                           std::span<const std::string> arguments);

}  // namespace whittle::cli
