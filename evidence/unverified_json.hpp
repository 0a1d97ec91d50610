// Reading JSON that is to be verified: whatever is wrong with it, it is unverified.
#pragma once

#include <string>
#include <string_view>

#include "common/error.hpp"
#include "common/json.hpp"
#include "layers/json_fields.hpp"

namespace whittle::evidence {

// The largest payload, envelope or bundle, in bytes (hostile.md, 236).
inline constexpr std::size_t payload_limit = 16U << 20U;

// One JSON object of at most payload_limit bytes. Error(unverified), or Error(limit) above that.
Json parse_unverified(std::string_view text, std::string_view what);
// A field of an object. Error(unverified) naming it when it is absent, null or of another type.
const Json& object_field(const Json& in, const char* name, std::string_view what);
const Json& array_field(const Json& in, const char* name, std::string_view what);
std::string text_field(const Json& in, const char* name, std::string_view what);
// The bytes of a base64 text.
std::string bytes_field(const Json& in, const char* name, std::string_view what);

// Reads the object in a field. Error(unverified) when it is absent.
layers::JsonFields object_in(const layers::JsonFields& fields, std::string_view name);

Error unverified(std::string_view what, std::string_view why);

}  // namespace whittle::evidence
