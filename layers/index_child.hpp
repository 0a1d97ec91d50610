// What an index refers to.
#pragma once

#include "layers/descriptor.hpp"
#include "layers/media_types.hpp"

namespace whittle::layers {

// Whether it is an image, and neither an artifact nor what BuildKit attaches for the platform "unknown".
inline bool is_image(const Descriptor& child) {
  return media_type::is_manifest(child.media_type) && child.artifact_type.empty() &&
         !(child.platform && child.platform->architecture == "unknown");
}

}  // namespace whittle::layers
