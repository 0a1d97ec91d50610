// Writes a layer that is made of entries of others: every field as it was, in the order of paths.
#pragma once

#include <stop_token>

#include "layers/compression.hpp"
#include "layers/layer_writer.hpp"
#include "slimming/layer_plan.hpp"
#include "slimming/source_image.hpp"
#include "slimming/symbols.hpp"

namespace whittle::slimming {

struct OutputOptions {
  layers::Compression compression = {};
  unsigned threads = 1;  // never changes a byte
};

// Owners are numbers; extended attributes, devices and times to the nanosecond are kept, and records that are
// not known, but for those that tell of the disk a file once lay on. Error(unsupported) for a device number
// that a header has no room for, and for what the index of a form of layers cannot hold.
layers::Layer write_layer(const SourceImage& image, const PlannedLayer& plan, const Symbols& symbols,
                          const OutputOptions& options, ByteSink& out, const std::stop_token& stop);

}  // namespace whittle::slimming
