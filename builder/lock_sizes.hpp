// What the things weigh that a lock names, for people who read what is new in it.
#pragma once

#include "builder/lock.hpp"
#include "builder/origins.hpp"

namespace whittle::builder {

// Of what `after` has and `before` has not. Asks the registries of the images for their manifests and a
// module proxy for each toolchain; who does not answer leaves a size out, and so does --offline.
// Error(interrupted).
LockSizes sizes_of_new(const Lock& before, const Lock& after, Origins& origins);

}  // namespace whittle::builder
