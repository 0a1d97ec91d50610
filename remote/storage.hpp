// The server's storage of blobs (the API's "ContentAddressableStorage"): sends what it lacks, and reads what
// is checked on its way.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "remote/blob_set.hpp"
#include "remote/calls.hpp"
#include "remote/remote_execution.hpp"

namespace whittle::remote {

// Thread-safe. Borrows everything.
class Storage {
 public:
  Storage(RemoteExecution& remote, const Capabilities& capabilities, Calls& calls)
      : remote_(remote), capabilities_(capabilities), calls_(calls) {}

  // Those that the server does not have. Error(network), Error(auth).
  std::vector<BlobId> missing(const std::vector<BlobId>& blobs);

  // Sends those of the set that the server lacks; returns how many bytes that were. Error(conflict) when the
  // bytes of one are not what its name says: a file was changed.
  std::uint64_t send(const BlobSet& blobs);

  // A small blob. Error(integrity) when the server gives other bytes, Error(not_found) when it has none,
  // Error(limit) for one that is larger.
  std::string read(const BlobId& blob, std::size_t limit, std::string_view what);

  // A blob as a stream that checks size and digest; taken up again where a connection breaks. Errors as
  // read(). Must not outlive this.
  std::unique_ptr<ByteSource> open(const BlobId& blob, std::string what, bool compressed = true);

 private:
  void send_small(const std::vector<BlobId>& blobs, const BlobSet& set);
  void send_stream(const BlobId& blob, const OpenSource& open);

  RemoteExecution& remote_;
  const Capabilities capabilities_;
  Calls& calls_;
  std::mutex sending_;  // one set after the other: actions have most of their inputs in common
};

}  // namespace whittle::remote
