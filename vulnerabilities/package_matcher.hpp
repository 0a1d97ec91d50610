// The known vulnerabilities of packages that a distribution's package manager installed, by version.
#pragma once

#include <vector>

#include "evidence/component.hpp"
#include "vulnerabilities/databases.hpp"
#include "vulnerabilities/finding.hpp"

namespace whittle::vulnerabilities {

struct PackageMatches {
  std::vector<Finding> findings = {};     // with locations that have no layer yet
  std::vector<Unchecked> unchecked = {};  // packages of a release that is not known or that no database knows
};

// Databases speak of source packages; packages made of the same one are one finding. An entry that mends
// several vulnerabilities which have entries of their own says nothing new. Error(integrity) for a broken
// database.
PackageMatches match_packages(const std::vector<evidence::Component>& components, Databases& databases);

}  // namespace whittle::vulnerabilities
