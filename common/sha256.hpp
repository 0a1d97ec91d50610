// The value of a sha256 digest as it is, in 32 bytes: for tables of thousands that are kept and compared, not
// shown.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/digest.hpp"

namespace whittle {

using Sha256 = std::array<std::byte, 32>;

// Error(internal) for a digest of another algorithm.
Sha256 to_sha256(const Digest& digest);
Digest to_digest(const Sha256& value);

// 64 lower-case hexadecimal digits; nothing when the text is anything else.
std::string to_hex(const Sha256& value);
std::optional<Sha256> sha256_from_hex(std::string_view text);

}  // namespace whittle
