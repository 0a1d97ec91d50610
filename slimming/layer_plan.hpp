// Which layers an image has afterwards: those that stay byte for byte, and what is in those that are written
// anew.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "layers/compression.hpp"
#include "layers/merged_tree.hpp"
#include "slimming/duplicates.hpp"
#include "slimming/origin_set.hpp"
#include "slimming/selection.hpp"
#include "slimming/source_image.hpp"
#include "slimming/symbols.hpp"

namespace whittle::slimming {

// How many of the lowest layers stay layers of their own.
struct KeepLayers {
  // Nothing: those below the first in which something changes. All others become one.
  std::optional<std::size_t> lowest = {};
  static KeepLayers all() { return {SIZE_MAX}; }
};

// In which form layers are wanted.
struct LayerForm {
  layers::Compression::Format format = layers::Compression::Format::gzip;
  bool by_file = false;  // as layers::Compression::by_file
};

struct PlannedEntry {
  const layers::MergedEntry* entry = nullptr;
  const layers::MergedEntry* linked_to = nullptr;  // of a hard link; stands before it in the layer
};

struct PlannedLayer {
  std::size_t first = 0;                  // of the old layers that it takes the place of
  std::size_t last = 0;                   // the last of them
  bool stays = false;                     // the blob of `first`, as it is
  std::deque<PlannedEntry> entries = {};  // else, in the order of paths; none: there is no such layer
};

struct LayerPlan {
  std::vector<PlannedLayer> layers = {};
  // Of files that become hard links the one they become.
  OriginTable<const layers::MergedEntry*> linked = {};
  bool changes_anything = false;
};

// A layer stays when all of its entries do, nothing of it is stripped, hidden or linked anew, and it hides
// nothing itself. A folder that a later layer states again is no change. With `form`, a layer of another one
// does not stay unless it is to be kept. All names of a file go into one layer, the one that brought its
// content. Borrows everything.
LayerPlan plan_layers(const SourceImage& image, const Selection& selection, const Symbols& symbols,
                      const Duplicates* duplicates, const KeepLayers& keep,
                      const std::optional<LayerForm>& form);

}  // namespace whittle::slimming
