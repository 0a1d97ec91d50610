// What an image consists of: platforms, layers and what is in them with both sizes, how it is run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "attribution/node.hpp"
#include "attribution/program_tree.hpp"
#include "attribution/waste.hpp"
#include "common/json.hpp"
#include "common/limits.hpp"
#include "layers/config.hpp"
#include "layers/descriptor.hpp"
#include "registry/image_io.hpp"

namespace whittle::optimizer {

struct InspectedLayer {
  layers::Descriptor descriptor;                   // compressed size in descriptor.size
  std::optional<Digest> diff_id;                   // as the config states it
  std::optional<std::uint64_t> uncompressed_size;  // bytes of the tar; nothing for a layer that is no tar
  std::string created_by;
};

struct InspectedPlatform {
  layers::Descriptor manifest;
  layers::ImageConfig config;
  layers::Annotations annotations;
  std::vector<InspectedLayer> layers;
  std::uint64_t compressed_size = 0;
  std::uint64_t uncompressed_size = 0;
  // One per layer that is a tar and was read, from the lowest up, by its digest; what is below is sorted by
  // size.
  std::vector<attribution::Node> tree = {};
  std::optional<attribution::Waste> waste =
      {};  // nothing when the layers contradict each other, or not all were read
};

struct Inspection {
  layers::Descriptor root;
  layers::Annotations annotations;  // of the index, if the root is one
  std::vector<InspectedPlatform> platforms;
  std::vector<layers::Descriptor> others;  // children of the index that are no images
  std::vector<std::string> warnings;       // what is odd but harms nobody, for people; one line each
};

struct InspectOptions {
  // Which layers are read: none of them; those that are not of a base (layer_names.hpp); all.
  enum class Layers : std::uint8_t { none, own, all };
  Layers layers = Layers::all;
  attribution::Detail detail = attribution::Detail::functions;
  std::optional<layers::Platform> platform = {};  // nothing: all
  std::filesystem::path scratch = {};             // a folder for files without a name
  std::size_t most_nodes = 50'000;  // in the trees of all platforms; the smallest are put together
  unsigned jobs = 1;                // layers at a time
  Limits limits = {};
  std::stop_token stop = {};
};

// Reads every layer that is wanted once, in a stream, checking digest, size, and the diffID the config states
// (Error(integrity)).
Inspection inspect(registry::ImageSource& source, const InspectOptions& options);

// The documented form of `inspect --json` (docs/formats.md).
Json to_json(const Inspection& inspection, const std::string& place);

}  // namespace whittle::optimizer
