// The documented form of `slim --json` (docs/formats.md).
#pragma once

#include <string>

#include "common/bytes.hpp"
#include "slimming/slim.hpp"

namespace whittle::slimming {

// Written a file at a time, so that no tree of all of them is in memory. Canonical.
void write_report(const SlimmedResult& result, const std::string& place,
                  const std::vector<std::string>& results, ByteSink& out);

}  // namespace whittle::slimming
