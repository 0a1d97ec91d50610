// Blobs that a server is to have, each once, with where its bytes come from.
#pragma once

#include <map>
#include <string>

#include "common/bytes.hpp"
#include "remote/remote_execution.hpp"

namespace whittle::remote {

class BlobSet {
 public:
  // `open` gives bytes that may turn out to be others than `id` says: whoever sends them checks.
  void add(const BlobId& id, OpenSource open);
  // Bytes that are at hand; kept.
  BlobId add(std::string bytes);

  const std::map<BlobId, OpenSource>& blobs() const { return blobs_; }

 private:
  std::map<BlobId, OpenSource> blobs_;
};

}  // namespace whittle::remote
