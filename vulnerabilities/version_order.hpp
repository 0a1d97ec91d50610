// How versions are ordered in what a database speaks about: Go's modules by Semantic Versioning, packages by
// the rules of their distribution.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace whittle::vulnerabilities {

enum class VersionOrder : std::uint8_t { semantic, debian, alpine };

// Nothing when one of the two is no version in that order. What apk would not take for a version has a place
// as in dpkg's order, where any text has one: databases are not always careful.
std::optional<std::weak_ordering> compare(VersionOrder order, std::string_view a, std::string_view b);
bool is_version(VersionOrder order, std::string_view text);

// "go1.21rc2" as a database names it, "1.21.0-rc.2"; the word before a space or a `-` counts alone. Nothing
// for what is no release ("devel go1.27-…").
std::optional<std::string> semantic_version_of_go(std::string_view release);

}  // namespace whittle::vulnerabilities
