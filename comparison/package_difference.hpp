// Two databases of installed packages: dpkg's (deb822(5)) and apk's (apk-package(5)).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "comparison/finding.hpp"

namespace whittle::comparison {

// Whether such a database lies at this path of an image: var/lib/dpkg/status, a file of status.d,
// lib/apk/db/installed.
bool is_package_database(std::string_view path);

// The versions by name, "name:architecture" where a name is there for several.
std::map<std::string, std::string> package_versions(std::string_view database);

// A finding of aspect "package" for each that is in one alone, or in two versions; false when there is none.
bool compare_packages(std::string_view a, std::string_view b, const Where& where, Findings& findings);

}  // namespace whittle::comparison
