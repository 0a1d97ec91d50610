// Sizes as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace whittle::builder {

// "20MiB", "1.5 MB", "4096": in bytes, rounded down; units are kB, MB, GB (powers of ten), KiB, MiB and GiB.
// Nothing for anything else, or for more than 1 PiB.
std::optional<std::uint64_t> parse_size(std::string_view text);

}  // namespace whittle::builder
