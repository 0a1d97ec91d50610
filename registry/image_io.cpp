#include "registry/image_io.hpp"

namespace whittle::registry {

std::vector<layers::Descriptor> ImageSource::referrers(const Digest&) {
  return {};
}

std::optional<layers::Document> ImageSource::tagged(const std::string&) {
  return std::nullopt;
}

std::set<Digest> ImageDestination::listed(const std::vector<layers::Document>&) {
  return {};
}

void ImageDestination::put_root(const layers::Document& root, const std::vector<std::string>& tags) {
  if (tags.empty()) put_manifest(root, {});
  for (const auto& tag : tags) put_manifest(root, tag);
}

}  // namespace whittle::registry
