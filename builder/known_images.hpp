// What this machine remembers of the images it has built, to tell later what of them changed.
#pragma once

#include <optional>
#include <vector>

#include "builder/image_facts.hpp"
#include "builder/prepared_build.hpp"

namespace whittle::builder {

// A target as it was when it was last built here.
struct KnownImage {
  Digest key;  // Target::key
  ImageFacts facts;
  std::vector<Digest> programs;  // MadeFrom::inputs of each
};

// Nothing when it was never built here, or what is kept cannot be read.
std::optional<KnownImage> known_image(const Target& target, const BuildContext& build);
// Remembers all targets of a build that is done.
void keep_facts(PreparedBuild& done);

}  // namespace whittle::builder
