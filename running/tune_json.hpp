// What a search for a memory limit found, for machines (docs/formats.md).
#pragma once

#include <string>
#include <vector>

#include "common/json.hpp"
#include "running/tune.hpp"

namespace whittle::running {

Json to_json(const TuneResult& result, const TuneOptions& options, const std::vector<std::string>& notes);

}  // namespace whittle::running
