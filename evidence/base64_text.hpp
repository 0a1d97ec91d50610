// Base64 where something is signed: one text for one value, so that no byte of it can be changed unseen.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace whittle::evidence {

// The standard or the URL-safe alphabet (RFC 4648, sections 4 and 5; DSSE and protobuf's JSON accept both),
// not mixed; padded or not; no white space, no stray bits. Nothing when the text is something else.
std::optional<std::string> decode_base64_text(std::string_view text);

}  // namespace whittle::evidence
