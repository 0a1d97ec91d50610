// What a run showed, for machines (docs/formats.md).
#pragma once

#include "common/json.hpp"
#include "running/smoke.hpp"

namespace whittle::running {

Json to_json(const SmokeResult& result);

}  // namespace whittle::running
