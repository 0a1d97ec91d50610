// Entries of databases that are one vulnerability, and the finding that is made of them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "vulnerabilities/advisory.hpp"
#include "vulnerabilities/finding.hpp"

namespace whittle::vulnerabilities {

// Puts together what shares an id or an alias: indexes of `advisories`, each once, in their order.
std::vector<std::vector<std::size_t>> groups_of(const std::vector<const Advisory*>& advisories);

// Without locations.
Finding begin_finding(const Advisory& advisory, const Affected& affected, std::string package,
                      std::string version);
// What another entry says is mended: all of them have to be, so that the last one counts.
void take_fix(const Affected& affected, Finding& finding);
// Another entry's names for it.
void add_names(const Advisory& advisory, Finding& finding);
// Another entry's word on how bad it is, if it is worse, or the first one.
void take_severity(const Advisory& advisory, const Affected& affected, Finding& finding);

}  // namespace whittle::vulnerabilities
