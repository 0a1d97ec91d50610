// Versions of Alpine packages (apk-tools, "apk-package(5)"):
// NUMBER{.NUMBER}[LETTER]{_SUFFIX[NUMBER]}[~HASH][-rNUMBER].
#pragma once

#include <compare>
#include <string_view>

namespace whittle::vulnerabilities {

bool is_alpine_version(std::string_view text);

// The order of apk. Both must be versions.
std::weak_ordering compare_alpine_versions(std::string_view a, std::string_view b);

}  // namespace whittle::vulnerabilities
