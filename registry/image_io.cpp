#include "registry/image_io.hpp"

#include "common/error.hpp"

namespace whittle::registry {

bool ImageSource::has_blob(const layers::Descriptor& descriptor) {
  try {
    open_blob(descriptor);
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    return false;
  }
}

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
