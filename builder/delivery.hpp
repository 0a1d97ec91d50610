// A built image on its way to where it goes, with what is attached to it.
#pragma once

#include <vector>

#include "builder/build_context.hpp"
#include "builder/built_image.hpp"
#include "builder/destinations.hpp"
#include "builder/recording.hpp"

namespace whittle::builder {

// Adds the place to `result` when all is there. Throws Error as registry::copy_image does. Different images
// may be delivered by several threads at once.
void deliver(BuiltImage& image, const Destination& destination, const std::vector<Evidence>& evidence,
             BuildResult& result, const BuildContext& build);

}  // namespace whittle::builder
