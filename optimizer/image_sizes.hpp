// What an image for one platform costs, in compressed bytes, by the names that people know its parts by.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/json.hpp"
#include "optimizer/inspect.hpp"

namespace whittle::optimizer {

using SizesByName = std::map<std::string, std::uint64_t>;

struct ImageSizes {
  std::uint64_t image = 0;                                         // all layers
  std::vector<std::pair<std::string, std::uint64_t>> layers = {};  // from the lowest up: layer_names.hpp
  // Of the layers that were read; of all programs there together.
  SizesByName files = {};                            // absolute paths
  SizesByName modules = {};                          // by path, without version; "std" is Go's own library
  SizesByName packages = {};                         // by import path; "main" is the main package
  std::map<std::string, std::string> versions = {};  // of modules, where there are some
};

// Names are as they came from outside, as UTF-8 (as_utf8()).
ImageSizes sizes_of(const InspectedPlatform& platform);

// For the cache: all but the files, of which there may be very many.
Json to_json(const ImageSizes& sizes);
// Throws what Json does for anything else.
ImageSizes sizes_from_json(const Json& json);

}  // namespace whittle::optimizer
