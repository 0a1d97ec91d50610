// Where this system keeps the certificates of the authorities that it trusts.
#pragma once

#include <filesystem>

namespace whittle::registry {

// The file with all of them, as Debian, Fedora, SUSE, Alpine and their kin have it, below `root`: OpenSSL
// knows the one alone of the system that it was built on. "" when there is none.
std::filesystem::path system_authorities(const std::filesystem::path& root = "/");

}  // namespace whittle::registry
