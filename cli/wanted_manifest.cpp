#include "cli/wanted_manifest.hpp"

#include <vector>

#include "builder/base_image.hpp"
#include "cli/wanted_images.hpp"
#include "common/error.hpp"
#include "layers/index_child.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"

namespace whittle::cli {
namespace type = layers::media_type;

layers::Descriptor wanted_manifest(const layers::Document& root, const std::string& platform) {
  if (!platform.empty()) return builder::choose_manifest(root, layers::Platform::parse(platform));
  if (!type::is_index(root.media_type)) return root.descriptor();
  std::vector<layers::Descriptor> images;
  for (const auto& child : layers::parse_index(root, "the index").manifests)
    if (layers::is_image(child) && child.platform) images.push_back(child);
  if (images.size() == 1) return images.front();
  try {
    return builder::choose_manifest(root, host_platform());
  } catch (Error& error) {
    throw error.hint("choose one with --platform");
  }
}

}  // namespace whittle::cli
