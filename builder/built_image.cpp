#include "builder/built_image.hpp"

#include <fmt/format.h>

#include "common/error.hpp"

namespace whittle::builder {

void BuiltImage::add(layers::Document document) {
  documents_.insert_or_assign(document.digest.text(), document);
  root_ = std::move(document);
}

void BuiltImage::add_foreign(const layers::Descriptor& layer, std::shared_ptr<registry::ImageSource> source) {
  foreign_.insert_or_assign(layer.digest.text(), std::move(source));
}

layers::Document BuiltImage::manifest(const layers::Descriptor& descriptor) {
  const auto found = documents_.find(descriptor.digest.text());
  if (found != documents_.end()) return found->second;
  throw Error(ErrorKind::internal,
              fmt::format("the built image {} has no document {}", name_, descriptor.digest.text()));
}

std::unique_ptr<ByteSource> BuiltImage::open_blob(const layers::Descriptor& descriptor) {
  const auto document = documents_.find(descriptor.digest.text());
  if (document != documents_.end()) return std::make_unique<TextSource>(document->second.bytes);
  if (store_.has_blob(descriptor.digest, descriptor.size)) return store_.open_blob(descriptor);
  const auto found = foreign_.find(descriptor.digest.text());
  if (found != foreign_.end()) return found->second->open_blob(descriptor);
  return store_.open_blob(descriptor);  // says that it is missing
}

std::vector<std::string> BuiltImage::mountable_from(const layers::Descriptor& blob, const std::string& host) {
  const auto found = foreign_.find(blob.digest.text());
  return found == foreign_.end() ? std::vector<std::string>() : found->second->mountable_from(blob, host);
}

}  // namespace whittle::builder
