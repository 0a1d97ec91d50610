// Pages for people that a command writes beside its result.
#pragma once

#include <filesystem>
#include <string>

namespace whittle::cli {

// Puts the page in the place of what was there. Error(io) naming it.
void write_page(const std::string& page, const std::filesystem::path& path);

}  // namespace whittle::cli
