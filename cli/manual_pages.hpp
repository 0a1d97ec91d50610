// Manual pages (man(7)), made from the command line as it is declared.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "cli/command_outline.hpp"

namespace whittle::cli {

// By file name: whittle.1, and whittle-COMMAND.1 for each command. Pure: no date is in them, and the same
// command line gives the same bytes. Every text is inert, whatever characters are in it.
std::map<std::string, std::string> manual_pages(const CommandOutline& whittle,
                                                std::string_view program_version);

}  // namespace whittle::cli
