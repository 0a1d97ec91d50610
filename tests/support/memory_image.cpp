#include "tests/support/memory_image.hpp"

#include <fmt/format.h>

#include "common/error.hpp"

namespace whittle::test {

layers::Descriptor MemoryImage::add_blob(std::string media_type, std::string bytes) {
  layers::Descriptor descriptor{std::move(media_type), Digest::of(bytes), bytes.size()};
  blobs_[descriptor.digest] = std::move(bytes);
  return descriptor;
}

layers::Descriptor MemoryImage::add_document(const layers::Document& document) {
  blobs_[document.digest] = document.bytes;
  return document.descriptor();
}

const std::string& MemoryImage::bytes(const Digest& digest) const {
  const auto found = blobs_.find(digest);
  if (found == blobs_.end()) throw Error(ErrorKind::not_found, fmt::format("{} is not there", digest.text()));
  return found->second;
}

layers::Document MemoryImage::root() {
  if (!root_) throw Error(ErrorKind::not_found, "the image has no root");
  return *root_;
}

layers::Document MemoryImage::manifest(const layers::Descriptor& descriptor) {
  return {descriptor.media_type, bytes(descriptor.digest), descriptor.digest};
}

std::unique_ptr<ByteSource> MemoryImage::open_blob(const layers::Descriptor& descriptor) {
  ++opened_;
  return std::make_unique<TextSource>(bytes(descriptor.digest));
}

}  // namespace whittle::test
