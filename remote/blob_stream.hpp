// Blobs on the wire: compressed where both sides can.
#pragma once

#include <memory>
#include <string>

#include "common/bytes.hpp"
#include "remote/calls.hpp"
#include "remote/remote_execution.hpp"

namespace whittle::remote {

// The bytes of a blob as the server gives them, not checked. A stream that breaks is opened again, and what
// was read of it already is passed over. Error(not_found) when the server does not have it, Error(network),
// Error(auth). Borrows `remote` and `calls`.
std::unique_ptr<ByteSource> open_stream(RemoteExecution& remote, Calls& calls, const BlobId& blob,
                                        const std::string& what, bool zstd);

// What `bytes` gives, as zstd.
std::unique_ptr<ByteSource> compressing(std::unique_ptr<ByteSource> bytes);

}  // namespace whittle::remote
