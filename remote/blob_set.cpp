#include "remote/blob_set.hpp"

#include <utility>

#include "remote/wire.hpp"

namespace whittle::remote {

void BlobSet::add(const BlobId& id, OpenSource open) {
  blobs_.try_emplace(id, std::move(open));
}

BlobId BlobSet::add(std::string bytes) {
  auto id = id_of(bytes);
  add(id, [bytes = std::move(bytes)] { return std::make_unique<TextSource>(bytes); });
  return id;
}

}  // namespace whittle::remote
