// Percent-encoding (RFC 3986, section 2.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace whittle {

// Everything but unreserved characters (section 2.3) encoded.
std::string percent_encoded(std::string_view text);
// The other way round; nothing for a per cent sign without two hexadecimal digits behind it.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace whittle
