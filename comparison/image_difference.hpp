// What differs between two images, wherever they are: the story of `whittle diff`.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/limits.hpp"
#include "comparison/finding.hpp"
#include "layers/descriptor.hpp"
#include "layers/platform.hpp"
#include "registry/image_io.hpp"

namespace whittle::comparison {

struct DifferenceOptions {
  std::optional<layers::Platform> platform = {};  // this one alone
  bool contents = true;                           // look into files that differ
  std::filesystem::path scratch;                  // a folder for what has to wait; made when needed
  Limits limits = {};                             // of what layers may hold
  std::stop_token stop = {};
};

// One line of the picture: a layer of each image, or of one.
struct ComparedLayer {
  std::string platform;
  std::optional<std::size_t> index_a = {};  // from 0
  std::optional<std::size_t> index_b = {};
  std::optional<layers::Descriptor> a = {};
  std::optional<layers::Descriptor> b = {};
  std::string compressor_a = {};  // a guess; empty for layers that were not read
  std::string compressor_b = {};
  std::uint64_t size_a = 0;  // of the tars, in bytes; 0 for layers that were not read
  std::uint64_t size_b = 0;
  enum class State { equal, compressed_differently, different, only_a, only_b } state = State::equal;
};
std::string_view name_of(ComparedLayer::State state);

struct ImageDifference {
  layers::Descriptor root_a;
  layers::Descriptor root_b;
  std::vector<ComparedLayer> layers;
  Findings findings;
  std::vector<Cause> causes;  // what explains most comes first

  bool equal() const { return root_a.digest == root_b.digest; }
};

// Reads what differs and nothing else: documents and layers of equal digest are skipped. Uses three threads.
// Error(not_found) for a platform that is absent, Error(integrity) for what contradicts its digest.
ImageDifference compare_images(registry::ImageSource& a, registry::ImageSource& b,
                               const DifferenceOptions& options);

}  // namespace whittle::comparison
