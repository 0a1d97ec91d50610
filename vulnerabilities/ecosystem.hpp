// Where packages come from, as the Open Source Vulnerability format names it: "Go", "Debian:12",
// "Alpine:v3.20", "Ubuntu:24.04".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "evidence/component.hpp"
#include "vulnerabilities/version_order.hpp"

namespace whittle::vulnerabilities {

inline constexpr std::string_view go_ecosystem = "Go";

// The name that an entry of a database has for one, without what makes no difference here
// ("Ubuntu:24.04:LTS"). Nothing for one whose packages are not found in images.
std::optional<std::string> known_ecosystem(std::string_view name);
VersionOrder order_of(std::string_view ecosystem);

// Of a package that a distribution's package manager installed; "" when it is not known which release of it.
std::string ecosystem_of(const evidence::Component& package);

}  // namespace whittle::vulnerabilities
