// The index of an eStargz layer: which files it has, and where in the compressed bytes each can be read alone
// (stargz-snapshotter, docs/estargz.md, "TOC, TOCEntries and Footer").
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.hpp"
#include "layers/chunk_sink.hpp"
#include "layers/writable_entry.hpp"

namespace whittle::layers {

inline constexpr std::string_view estargz_index_name = "stargz.index.json";
inline constexpr const char* estargz_landmark = ".no.prefetch.landmark";
// What eStargz has for itself at the root of every layer.
inline constexpr std::array<std::string_view, 3> estargz_names = {estargz_index_name, estargz_landmark,
                                                                  ".prefetch.landmark"};
inline constexpr std::uint64_t estargz_chunk_size = 4U << 20U;  // bytes of a file; the last has what is left

// Writes the index as canonical JSON, an entry at a time. Error(spec) for a name that is not UTF-8, which
// JSON cannot hold.
void write_estargz_index(const EntrySource& entries, const WrittenContents& contents, ByteSink& out);

// The last bytes of the layer: an empty gzip member that says where the index's begins.
std::string estargz_footer(std::uint64_t index_offset);

}  // namespace whittle::layers
