#include "builder/remote_layers.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "common/digest.hpp"
#include "common/error.hpp"
#include "layers/compression.hpp"

namespace whittle::builder {

void RemoteLayers::add(const layers::Layer& layer, remote::Storage& storage, Restore restore) {
  const std::lock_guard lock(mutex_);
  auto& known = layers_[layer.descriptor.digest.text()];
  if (!known) known.reset(new Known{layer, &storage, std::move(restore)});
}

layers::Document RemoteLayers::root() {
  throw Error(ErrorKind::internal, "layers of a remote execution server are no image");
}

layers::Document RemoteLayers::manifest(const layers::Descriptor&) {
  return root();
}

std::unique_ptr<ByteSource> RemoteLayers::open_blob(const layers::Descriptor& descriptor) {
  Known* known = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const auto found = layers_.find(descriptor.digest.text());
    if (found == layers_.end())
      throw Error(ErrorKind::internal, fmt::format("no worker made the layer {}", descriptor.digest.text()));
    known = found->second.get();
  }
  const std::lock_guard lock(known->mutex);
  if (!store_.has_blob(descriptor.digest, descriptor.size)) fetch(*known);
  return store_.open_blob(descriptor);
}

void RemoteLayers::fetch(Known& known) {
  const auto& descriptor = known.layer.descriptor;
  const remote::BlobId id{std::string(descriptor.digest.hex()), descriptor.size};
  const auto read = [&] {
    const auto source = known.storage->open(id, fmt::format("the layer {}", descriptor.digest.text()), false);
    store_.put_blob(*source, descriptor.digest);
  };
  try {
    read();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    known.restore();
    read();
  }
  check(known.layer);
}

// What a registry takes it does not look into: a layer with another diffID would fail where somebody unpacks
// it.
void RemoteLayers::check(const layers::Layer& layer) {
  const auto& descriptor = layer.descriptor;
  const auto what = fmt::format("the layer {} that a worker made", descriptor.digest.text());
  try {
    const auto tar = layers::decompress(store_.open_blob(descriptor), what, limits_);
    Hasher hasher;
    const auto size = pump(*tar, hasher);
    const auto found = hasher.finish();
    if (found != layer.diff_id || size != layer.uncompressed_size)
      throw Error(ErrorKind::integrity, fmt::format("{} unpacks to {}, and not to {}, which was said of it",
                                                    what, found.text(), layer.diff_id.text()));
  } catch (const Error&) {
    std::error_code ignored;
    std::filesystem::remove(
        store_.folder() / "blobs" / descriptor.digest.algorithm_name() / descriptor.digest.hex(), ignored);
    throw;
  }
}

}  // namespace whittle::builder
