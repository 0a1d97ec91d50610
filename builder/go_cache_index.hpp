// The entries of Go's build cache that machines share, as a text (docs/formats.md, "Compiled packages").
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "builder/go_build_cache.hpp"

namespace whittle::builder {

inline constexpr std::size_t most_cache_entries = 1U << 16U;
inline constexpr std::size_t largest_cache_index = 16U << 20U;  // bytes

// Canonical: the same entries are the same text. They are ordered by action, and no more than allowed.
std::string to_text(const std::vector<GoCacheEntry>& entries);
// Error(integrity) for what is none, for two entries of an action, and for two sizes of an object;
// Error(unsupported) for one of a later version; Error(limit).
std::vector<GoCacheEntry> cache_entries_from(std::string_view text, std::string_view what);

// Bytes of the objects that they lead to, each counted once.
std::uint64_t bytes_of(const std::vector<GoCacheEntry>& entries);

}  // namespace whittle::builder
