// Changes of an image's settings that may make it smaller without a change of its sources.
#pragma once

#include <functional>
#include <vector>

#include "builder/spec.hpp"
#include "optimizer/advice.hpp"

namespace whittle::optimizer {

struct SettingCandidate {
  Advice advice;  // without what it saves
  std::function<void(builder::ImageSpec&)> apply;
};

// Those that the image does not have yet. The ones with edits change nothing that a program or who runs it
// could tell, but for what is named in their price.
std::vector<SettingCandidate> setting_candidates(const builder::ImageSpec& image);

}  // namespace whittle::optimizer
