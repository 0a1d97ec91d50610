// What package managers wrote down in an image. Foreign text, read in place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evidence/component.hpp"

namespace whittle::evidence {

inline constexpr std::size_t largest_database = 64U << 20U;  // bytes
inline constexpr std::size_t most_packages = 100'000;        // in one database

// The installed packages of /var/lib/dpkg/status or a file in status.d (dpkg, "status"): those that are
// removed, or half installed, are left out. Error(integrity), Error(limit).
std::vector<Component> dpkg_packages(std::string_view text, const std::string& what);

// Those of /lib/apk/db/installed (apk, "installed database v2"): paragraphs of lines "LETTER:VALUE".
std::vector<Component> apk_packages(std::string_view text, const std::string& what);

// "debian-12" of ID and VERSION_ID in /etc/os-release (os-release(5)); "" when it has no ID.
std::string distribution_of(std::string_view os_release);

}  // namespace whittle::evidence
