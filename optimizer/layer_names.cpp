#include "optimizer/layer_names.hpp"

#include <string>

#include "packages/bases.hpp"

namespace whittle::optimizer {
namespace {

constexpr std::string_view base_layer = "base";
constexpr std::string_view packages_layer = "packages";
constexpr std::string_view files_layer = "files";
constexpr std::string_view binaries_layer = "binaries";

// What builder/assemble.cpp and package_base.cpp write into the history; empty for what others made.
std::string_view mark_of(const InspectedLayer& layer) {
  constexpr std::string_view beginning = "whittle build: ";
  const std::string_view text = layer.created_by;
  return text.starts_with(beginning) ? text.substr(beginning.size()) : std::string_view();
}

}  // namespace

// From the top down, because a base may be an image of whittle's itself.
std::vector<std::string_view> layer_names(const InspectedPlatform& platform) {
  const auto& layers = platform.layers;
  if (layers.empty() || mark_of(layers.back()) != binaries_layer)
    return std::vector(layers.size(), binaries_layer);
  std::vector<std::string_view> names(layers.size(), base_layer);
  std::size_t below = layers.size() - 1;
  names[below] = binaries_layer;
  if (below > 0 && mark_of(layers[below - 1]) == files_layer) names[--below] = files_layer;
  if (below == 0) return names;
  const auto mark = mark_of(layers[below - 1]);
  const bool is_set = !mark.empty() && mark != binaries_layer && mark != files_layer;
  if (is_set && packages::find_base(std::string(mark)) == nullptr) names[below - 1] = packages_layer;
  return names;
}

bool is_of_base(std::string_view name) {
  return name == base_layer || name == packages_layer;
}

}  // namespace whittle::optimizer
