#include "slimming/slimmed_image.hpp"

namespace whittle::slimming {

SlimmedImage::SlimmedImage(registry::ImageSource& old, registry::Layout store, layers::Document root,
                           std::vector<layers::Document> documents, std::set<Digest> layers)
    : old_(old), store_(std::move(store)), root_(std::move(root)), layers_(std::move(layers)) {
  for (auto& document : documents) {
    const auto digest = document.digest;
    documents_.insert_or_assign(digest, std::move(document));
  }
}

layers::Document SlimmedImage::manifest(const layers::Descriptor& descriptor) {
  const auto found = documents_.find(descriptor.digest);
  return found == documents_.end() ? old_.manifest(descriptor) : found->second;
}

std::unique_ptr<ByteSource> SlimmedImage::open_blob(const layers::Descriptor& descriptor) {
  const auto found = documents_.find(descriptor.digest);
  if (found != documents_.end()) return std::make_unique<TextSource>(found->second.bytes);
  if (store_.has_blob(descriptor.digest, descriptor.size)) return store_.open_blob(descriptor);
  return old_.open_blob(descriptor);
}

// Only what the old image has can be there already.
std::vector<std::string> SlimmedImage::mountable_from(const layers::Descriptor& blob,
                                                      const std::string& host) {
  if (documents_.contains(blob.digest) || layers_.contains(blob.digest)) return {};
  return old_.mountable_from(blob, host);
}

}  // namespace whittle::slimming
