// Two JSON documents by their keys.
#pragma once

#include <string>

#include "common/json.hpp"
#include "comparison/finding.hpp"

namespace whittle::comparison {

// One finding for each place that differs, named by its pointer (RFC 6901): aspect "json", "time-stamp" where
// both are one, "json-order" for a list of the same values in another order. Values are canonical JSON, text
// unquoted. Documents are as deep as parse_json() allows.
void compare_json(const Json& a, const Json& b, const Where& where, Findings& findings);

}  // namespace whittle::comparison
