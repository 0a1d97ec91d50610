// Writes entries as a layer: tar, diffID, compressed bytes and their digest in one pass.
#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "common/bytes.hpp"
#include "common/digest.hpp"
#include "layers/compression.hpp"
#include "layers/descriptor.hpp"
#include "layers/file_tree.hpp"
#include "layers/writable_entry.hpp"

namespace whittle::layers {

struct LayerOptions {
  Compression compression = {};
  std::int64_t mtime = 0;          // seconds since 1970-01-01T00:00:00Z, of every entry of a tree
  unsigned threads = 1;            // never changes a byte
  MemberMemory* memory = nullptr;  // borrowed; of `compression`; never changes a byte either
};

struct Layer {
  Descriptor descriptor;            // of the compressed bytes
  Digest diff_id;                   // of the tar
  std::uint64_t uncompressed_size;  // bytes of the tar
  std::vector<Member> members =
      {};  // the full ones, where they lie in the compressed bytes; known with a memory
};

// The layer of `entries`, written to `out`. Error(interrupted) when `stop` asks. `mtime` is that of what a
// form of layers adds.
Layer write_layer(const EntrySource& entries, const LayerOptions& options, ByteSink& out,
                  const std::stop_token& stop);

// The layer of `tree`, written to `out`. Contents are read once and checked against the tree's size and
// digest: one that differs throws Error(conflict) naming the path. Error(interrupted) when `stop` asks.
Layer write_layer(const FileTree& tree, const LayerOptions& options, ByteSink& out,
                  const std::stop_token& stop);

// Whether annotations of the layer lead to an index of its files in the compressed bytes (eStargz,
// zstd:chunked).
bool has_file_index(const Descriptor& layer);

// Everything about the tar format that decides bytes, for cache keys.
std::string_view tar_identity();

}  // namespace whittle::layers
