// Versions of Debian packages (Debian policy, section 5.6.12): [epoch:]upstream[-revision].
#pragma once

#include <compare>
#include <string_view>

namespace whittle::packages {

// Letters, digits and `. + ~ -`, and a colon behind an epoch; neither part empty.
bool is_version(std::string_view text);

// The order of dpkg: "~" before the end, the end before letters, letters before all else, digits by their
// value. Any text has a place in it. Equal are also versions that are written differently ("1.0" and "0:1.0",
// "1.01" and "1.1").
std::weak_ordering compare_versions(std::string_view a, std::string_view b);

}  // namespace whittle::packages
