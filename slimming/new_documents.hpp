// The documents of a platform whose layers changed: config and manifest, with all that they said besides.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/json.hpp"
#include "layers/document.hpp"
#include "layers/layer_writer.hpp"
#include "layers/manifest.hpp"

namespace whittle::slimming {

// A layer of the new image.
struct NewLayer {
  layers::Descriptor descriptor;
  Digest diff_id;
  std::size_t first = 0;  // of the old layers that it takes the place of
  std::size_t last = 0;
  bool stays = false;  // what the old one was, whether or not it is compressed anew
};

// The config with other layers. Its history tells of the old ones that they are no layers any more, and of
// each new one from which it was made; one without history gets none. What is not known of a config stays.
layers::Document config_with(const Json& config, const std::vector<NewLayer>& layers);

// In OCI's form, with annotations that say from which manifest it was made and by which rules.
layers::Document manifest_with(layers::Manifest manifest, const Digest& from, const layers::Document& config,
                               const std::vector<NewLayer>& layers, const std::string& rules);

// What an index says of an image that has changed; the rest of its description stays.
layers::Descriptor child_with(layers::Descriptor child, const layers::Document& manifest);

}  // namespace whittle::slimming
