// What a scan found, for machines.
#pragma once

#include <chrono>
#include <string>

#include "common/json.hpp"
#include "vulnerabilities/databases.hpp"
#include "vulnerabilities/scan.hpp"

namespace whittle::vulnerabilities {

// The documented form of `scan --json` (docs/formats.md).
Json to_json(const Scan& scan, const std::string& place, const Databases& databases,
             std::chrono::sys_days today);

}  // namespace whittle::vulnerabilities
