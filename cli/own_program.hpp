// Where this program is, so that it can be started again.
#pragma once

#include <filesystem>

namespace whittle::cli {

// The absolute path that starts this program. Of the relocatable archive that is its launcher: what runs then
// is the loader, to which the launcher gave its own path as the name of the process (packaging/launcher.cpp).
std::filesystem::path own_program();

}  // namespace whittle::cli
