// Base64 as credentials use it (RFC 4648, section 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace whittle {

std::string base64_encoded(std::string_view bytes);
// Padding may be missing and white space is skipped; nothing when the text is something else.
std::optional<std::string> base64_decoded(std::string_view text);

}  // namespace whittle
