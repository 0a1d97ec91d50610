#include "optimizer/limit_state.hpp"

#include <algorithm>
#include <map>

#include "common/text.hpp"

namespace whittle::optimizer {
namespace {

using Part = LimitState::Part;

SizesByName by_name(const ImageSizes& sizes) {
  SizesByName layers;
  for (const auto& [name, bytes] : sizes.layers) layers[name] += bytes;
  return layers;
}

void add(Part part, const std::map<std::string, builder::SizeLimit>& limits, const SizesByName& sizes,
         std::vector<LimitState>& states) {
  for (const auto& [name, limit] : limits) {
    const auto found = sizes.find(name);
    states.push_back({part, name, limit, found == sizes.end() ? std::nullopt : std::optional(found->second)});
  }
}

}  // namespace

bool need_programs(const builder::SizeLimits& limits) {
  return !limits.modules.empty() || !limits.packages.empty();
}

std::vector<LimitState> states_of(const builder::SizeLimits& limits, const ImageSizes& sizes) {
  std::vector<LimitState> states;
  if (limits.image) states.push_back({Part::image, {}, *limits.image, sizes.image});
  if (limits.layer && !sizes.layers.empty()) {
    const auto largest = std::max_element(sizes.layers.begin(), sizes.layers.end(),
                                          [](const auto& a, const auto& b) { return a.second < b.second; });
    states.push_back({Part::layer, largest->first, *limits.layer, largest->second});
  }
  add(Part::layer, limits.layers, by_name(sizes), states);
  add(Part::module, limits.modules, sizes.modules, states);
  add(Part::package, limits.packages, sizes.packages, states);
  return states;
}

std::string description_of(const LimitState& state) {
  switch (state.part) {
    case Part::image:
      return "the image";
    case Part::layer:
      return "layer " + escaped(state.name);
    case Part::module:
      return "module " + escaped(state.name);
    case Part::package:
      break;
  }
  return "package " + escaped(state.name);
}

}  // namespace whittle::optimizer
