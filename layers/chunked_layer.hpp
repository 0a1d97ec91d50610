// A layer whose files can be fetched one by one, and left out where they are there already: zstd:chunked
// (containers/storage, docs/containers-storage-zstd-chunked.md). It is a zstd layer like any other to whoever
// does not know. A frame begins with each chunk of a file and ends with it; behind the files come parts that
// decoders skip (chunked_index.hpp). So the tar, and the diffID, are those of a layer without them.
#pragma once

#include <stop_token>
#include <string>

#include "common/bytes.hpp"
#include "layers/layer_writer.hpp"

namespace whittle::layers {

inline constexpr const char* chunked_index_digest = "io.github.containers.zstd-chunked.manifest-checksum";
inline constexpr const char* chunked_index_place = "io.github.containers.zstd-chunked.manifest-position";
inline constexpr const char* chunked_tar_split_place = "io.github.containers.zstd-chunked.tarsplit-position";

// As write_layer(). The descriptor has the annotations that a reader needs. Memory grows with the tree: some
// 100 bytes for each file and chunk, and the two parts, compressed.
Layer write_chunked_layer(const EntrySource& entries, const LayerOptions& options, ByteSink& out,
                          const std::stop_token& stop);

// Compression::identity() of this form.
std::string chunked_identity(Compression::Level level);

}  // namespace whittle::layers
