// Narrows an image down to the platforms somebody wants.
#pragma once

#include <stop_token>
#include <vector>

#include "layers/document.hpp"
#include "layers/platform.hpp"
#include "registry/image_io.hpp"

namespace whittle::registry {

// One wanted platform: the manifest of that platform itself. Several: an index of those, with what attests to
// them (children of platform unknown/unknown that name them); an index that holds nothing else is returned as
// it is. The first child that fits is taken. Error(not_found) listing those there are when one is absent
// (hostile.md, 121 and 122). A root that is a manifest must be of every wanted platform.
layers::Document choose_platforms(ImageSource& from, layers::Document root,
                                  const std::vector<layers::Platform>& wanted);

}  // namespace whittle::registry
