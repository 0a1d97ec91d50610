// A layer whose files can be read one by one, without the rest: eStargz (stargz-snapshotter,
// docs/estargz.md). It is a gzip layer like any other to whoever does not know. A gzip member begins with
// each chunk of a file; behind the files come an index (estargz_index.hpp) and a footer that leads to it.
#pragma once

#include <stop_token>
#include <string>

#include "common/bytes.hpp"
#include "layers/layer_writer.hpp"

namespace whittle::layers {

inline constexpr const char* estargz_index_digest = "containerd.io/snapshot/stargz/toc.digest";
inline constexpr const char* estargz_uncompressed_size = "io.containers.estargz.uncompressed-size";

// As write_layer(). The tar has two entries more than `entries`, so its diffID is its own: the landmark that
// says that no file is to be fetched ahead, at its place in the order, and the index, which is the last. The
// descriptor has the annotations that a reader needs. Error(spec) when one of the entries has one of these
// names itself. Memory grows with the chunks of all files, by some 200 bytes each.
Layer write_estargz_layer(const EntrySource& entries, const LayerOptions& options, ByteSink& out,
                          const std::stop_token& stop);

// Compression::identity() of this form.
std::string estargz_identity(Compression::Level level);

}  // namespace whittle::layers
