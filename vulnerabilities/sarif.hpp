// What a scan found, in the Static Analysis Results Interchange Format 2.1.0 (OASIS), which code hosts show.
#pragma once

#include <string_view>

#include "common/json.hpp"
#include "vulnerabilities/scan.hpp"

namespace whittle::vulnerabilities {

// A run for each platform. What was dismissed is suppressed; what is not linked in is left out.
Json sarif_of(const Scan& scan, std::string_view tool_version);

}  // namespace whittle::vulnerabilities
