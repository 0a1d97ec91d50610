// JSON from outside is checked while it is read, before a tree exists; JSON of ours has one canonical form.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "common/error.hpp"

namespace whittle {

using Json = nlohmann::json;  // objects keep their keys sorted by bytes

struct JsonLimits {
  std::size_t bytes = 8U << 20U;
  std::size_t depth = 64;
};

// Parses one document. Doubled names, trailing data, invalid UTF-8, lone surrogates and malformed text throw
// Error(`kind`) naming `what` and the position; sizes and depths beyond the limits throw Error(limit).
Json parse_json(std::string_view text, std::string_view what, ErrorKind kind = ErrorKind::integrity,
                const JsonLimits& limits = {});

// The canonical form: sorted keys, no white space, no locale, UTF-8 as it is. Text that is not valid UTF-8
// throws Error(internal): check what came from outside before.
std::string canonical(const Json& document);

}  // namespace whittle
