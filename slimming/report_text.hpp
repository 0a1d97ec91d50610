// What slimming did, for people: a few lines for each platform.
#pragma once

#include <string>
#include <vector>

#include "slimming/platform_report.hpp"

namespace whittle::slimming {

std::vector<std::string> summary_of(const PlatformReport& platform);

}  // namespace whittle::slimming
