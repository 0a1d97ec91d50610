#include "remote/grpc_values.hpp"

#include <algorithm>
#include <string_view>

namespace whittle::remote {
namespace {

// What cannot be read of details says nothing: the status counts without them.
template <class Message>
bool unpack(const google::rpc::Packed& packed, std::string_view name, Message& into) {
  const std::string_view url = packed.type_url();
  const auto slash = url.rfind('/');
  return url.substr(slash == std::string_view::npos ? 0 : slash + 1) == name &&
         into.ParseFromString(packed.value());
}

// Later versions of the API may have other numbers than gRPC has.
Code code_of(int number) {
  return number < 0 || number > static_cast<int>(Code::unauthenticated) ? Code::unknown
                                                                        : static_cast<Code>(number);
}

void take_details(const google::rpc::Status& status, Status& into) {
  for (const auto& detail : status.details()) {
    google::rpc::PreconditionFailure failure;
    google::rpc::RetryInfo retry;
    if (unpack(detail, "google.rpc.PreconditionFailure", failure)) {
      for (const auto& violation : failure.violations())
        if (violation.type() == "MISSING") into.missing.push_back(violation.subject());
    } else if (unpack(detail, "google.rpc.RetryInfo", retry)) {
      constexpr std::int64_t longest = 3600;  // seconds; what is more is nothing to wait for
      const auto seconds = std::clamp<std::int64_t>(retry.retry_delay().seconds(), 0, longest);
      const auto nanos = std::clamp<std::int64_t>(retry.retry_delay().nanos(), 0, 999'999'999);
      into.retry_after = std::chrono::milliseconds(seconds * 1000 + nanos / 1'000'000);
    }
  }
}

}  // namespace

void write(const BlobId& blob, wire::Digest& into) {
  into.set_hash(blob.hash);
  into.set_size_bytes(static_cast<std::int64_t>(blob.size));
}

BlobId blob_of(const wire::Digest& digest) {
  return {digest.hash(), static_cast<std::uint64_t>(std::max<std::int64_t>(digest.size_bytes(), 0))};
}

Status status_of(const google::rpc::Status& status) {
  Status result{code_of(status.code()), status.message(), {}, {}};
  take_details(status, result);
  return result;
}

Status status_of(const grpc::Status& status) {
  Status result{code_of(static_cast<int>(status.error_code())), status.error_message(), {}, {}};
  google::rpc::Status details;
  if (!status.error_details().empty() && details.ParseFromString(status.error_details()))
    take_details(details, result);
  return result;
}

ActionResult result_of(const wire::ActionResult& result) {
  ActionResult values;
  values.exit_code = result.exit_code();
  values.errors = result.stderr_raw();
  values.worker = result.execution_metadata().worker();
  for (const auto& file : result.output_files())
    values.files.push_back({file.path(), blob_of(file.digest()), file.contents()});
  return values;
}

void take(const google::longrunning::Operation& operation, Execution& into) {
  if (!operation.name().empty()) into.operation = operation.name();
  if (!operation.done()) return;
  into.is_done = true;
  if (operation.has_error()) {
    into.status = status_of(operation.error());
    return;
  }
  wire::ExecuteResponse response;
  if (!unpack(operation.response(), "build.bazel.remote.execution.v2.ExecuteResponse", response)) {
    into.status = {Code::internal, "the operation is done and holds no ExecuteResponse", {}, {}};
    return;
  }
  into.status = status_of(response.status());
  into.is_cached = response.cached_result();
  if (response.has_result()) into.result = result_of(response.result());
}

}  // namespace whittle::remote
