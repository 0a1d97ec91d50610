#include "builder/kept_source.hpp"

#include "common/json.hpp"
#include "layers/manifest.hpp"

namespace whittle::builder {

registry::ImageSource& KeptSource::source(const Digest& digest) {
  const std::lock_guard lock(mutex_);
  if (!source_) source_ = open_(digest);
  return *source_;
}

layers::Document KeptSource::document(const Digest& digest) {
  if (auto bytes = store_.read_blob(digest, JsonLimits().bytes)) {
    auto type = layers::settle_media_type("", *bytes, name_);
    return {std::move(type), std::move(*bytes), digest};
  }
  auto document = open_(digest)->root();
  store_.put_blob(document.bytes, digest);
  return document;
}

std::unique_ptr<ByteSource> KeptSource::open_blob(const layers::Descriptor& descriptor) {
  if (!store_.has_blob(descriptor.digest, descriptor.size)) {
    const auto blob = source(root_).open_blob(descriptor);
    store_.put_blob(*blob, descriptor.digest);
  }
  return store_.open_blob(descriptor);
}

std::vector<std::string> KeptSource::mountable_from(const layers::Descriptor& blob, const std::string& host) {
  return source(root_).mountable_from(blob, host);
}

}  // namespace whittle::builder
