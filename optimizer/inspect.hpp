// What an image consists of: platforms, layers with both sizes, how it is run.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/json.hpp"
#include "common/limits.hpp"
#include "layers/config.hpp"
#include "layers/descriptor.hpp"
#include "registry/image_io.hpp"

namespace whittle::optimizer {

struct InspectedLayer {
  layers::Descriptor descriptor;                     // compressed size in descriptor.size
  std::optional<Digest> diff_id;                     // as the config states it
  std::optional<std::uint64_t> uncompressed_size;    // bytes of the tar; nothing for a layer that is no tar
  std::string created_by;
};

struct InspectedPlatform {
  layers::Descriptor manifest;
  layers::ImageConfig config;
  layers::Annotations annotations;
  std::vector<InspectedLayer> layers;
  std::uint64_t compressed_size = 0;
  std::uint64_t uncompressed_size = 0;
};

struct Inspection {
  layers::Descriptor root;
  layers::Annotations annotations;           // of the index, if the root is one
  std::vector<InspectedPlatform> platforms;
  std::vector<layers::Descriptor> others;    // children of the index that are no images
  std::vector<std::string> warnings;         // what is odd but harms nobody, for people; one line each
};

// Reads every layer once, in a stream, checking digest, size, and the diffID the config states (Error(integrity)).
// With `jobs` layers at a time.
Inspection inspect(registry::ImageSource& source, unsigned jobs, const std::stop_token& stop,
                   const Limits& limits = {});

// The documented form of `inspect --json` (docs/formats.md).
Json to_json(const Inspection& inspection, const std::string& place);

}  // namespace whittle::optimizer
