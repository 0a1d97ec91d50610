// Two layers in one pass: both tars are read in lockstep, each once, and compared entry by entry.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "common/limits.hpp"
#include "comparison/finding.hpp"
#include "comparison/layer_stream.hpp"
#include "comparison/left_overs.hpp"
#include "comparison/scratch.hpp"
#include "layers/tar_reader.hpp"

namespace whittle::comparison {

enum class Side { a, b };

// What the layers of two images share while they are compared. Borrows the scratches.
struct LayerWork {
  Scratch& scratch_a;
  Scratch& scratch_b;
  bool contents = true;  // look into files that differ
  bool digests = false;  // tell `seen` the digest of each file
  Limits limits = {};
  // Told of every entry of both layers, in the order of their archives as far as they agree.
  std::function<void(Side side, const layers::TarEntry& entry, const std::optional<Digest>& content)> seen =
      {};
  // Given every entry that the layer's partner does not have, in the order of the archive.
  std::function<void(Side side, LeftOver entry)> left_over = {};
  std::stop_token stop = {};
};

struct LayerDifference {
  std::uint64_t size_a = 0;  // of the tars, in bytes
  std::uint64_t size_b = 0;
  bool equal_tars = false;
  std::string compressor_a;
  std::string compressor_b;
  std::uint64_t entries = 0;  // that both have
};

// Entries of the same path are compared where they meet; one that has to wait for its partner has its content
// kept in a scratch, as its header is (LeftOvers). Error(integrity), Error(limit) name the layer.
LayerDifference compare_layers(const LayerInput& a, std::size_t index_a, const LayerInput& b,
                               std::size_t index_b, LayerWork& work, const Where& where, Findings& findings);

// A layer without a partner: all of its entries.
LayerDifference read_layer(const LayerInput& layer, std::size_t index, Side side, LayerWork& work);

}  // namespace whittle::comparison
