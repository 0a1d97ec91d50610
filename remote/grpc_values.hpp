// Values of the seam (remote_execution.hpp) from and to messages of the wire. Of the module alone.
#pragma once

#include <grpcpp/support/status.h>

#include "remote/protocol/operations.pb.h"
#include "remote/protocol/remote_execution.pb.h"
#include "remote/remote_execution.hpp"

namespace whittle::remote {

namespace wire = build::bazel::remote::execution::v2;

void write(const BlobId& blob, wire::Digest& into);
BlobId blob_of(const wire::Digest& digest);
Status status_of(const google::rpc::Status& status);
// With what the server added as details of the error (google.rpc.Status in "grpc-status-details-bin").
Status status_of(const grpc::Status& status);
ActionResult result_of(const wire::ActionResult& result);
// Takes what an operation says into how the execution stands.
void take(const google::longrunning::Operation& operation, Execution& into);

}  // namespace whittle::remote
