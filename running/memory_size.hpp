// Sizes of memory.
#pragma once

#include <cstdint>
#include <string_view>

namespace whittle::running {

inline constexpr std::uint64_t mebibyte = 1U << 20U;  // bytes

// Of text: a number of bytes, or one with kB, MB, GB (powers of ten) or KiB, MiB, GiB behind it. Error(usage)
// naming `flag` for what is none, or not between 1 MiB and 1 PiB.
std::uint64_t parse_memory(std::string_view text, std::string_view flag);

}  // namespace whittle::running
