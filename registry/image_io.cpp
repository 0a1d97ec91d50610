#include "registry/image_io.hpp"

namespace whittle::registry {

void ImageDestination::put_root(const layers::Document& root, const std::vector<std::string>& tags) {
  if (tags.empty()) put_manifest(root, {});
  for (const auto& tag : tags) put_manifest(root, tag);
}

}  // namespace whittle::registry
