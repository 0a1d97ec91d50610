// Decodes xz (the .xz file format 1.2): all streams, the check of each, nothing behind the last.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/bytes.hpp"

namespace whittle::packages {

// Bytes of memory that a decoder may take; `xz -9` needs 65 MiB.
inline constexpr std::uint64_t xz_memory_limit = 192ULL << 20U;

// Owns `in`. Error(integrity) or Error(limit) naming `what`. What comes out is not bounded: that is for the
// reader.
std::unique_ptr<ByteSource> decode_xz(std::unique_ptr<ByteSource> in, std::string what);

}  // namespace whittle::packages
