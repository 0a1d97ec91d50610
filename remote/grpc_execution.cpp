// The seam's calls over gRPC: what the module is for.
#include <grpc/support/log.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <map>

#include "remote/connect.hpp"
#include "remote/grpc_call.hpp"
#include "remote/grpc_streams.hpp"
#include "remote/grpc_values.hpp"
#include "remote/protocol/remote_execution.grpc.pb.h"

namespace whittle::remote {
namespace {

std::shared_ptr<grpc::ChannelCredentials> credentials_of(const ConnectOptions& options) {
  if (!options.tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = options.authorities;
  tls.pem_cert_chain = options.certificate;
  tls.pem_private_key = options.key;
  return grpc::SslCredentials(tls);
}

std::shared_ptr<grpc::Channel> channel_to(const ConnectOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(64 << 20);  // results of many outputs, and batches
  arguments.SetUserAgentPrefix("whittle");
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES,
                   0);  // what is sent again is decided on the other side of the seam
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel("dns:///" + options.host, credentials_of(options), arguments);
}

class GrpcExecution final : public RemoteExecution {
 public:
  explicit GrpcExecution(const ConnectOptions& options)
      : options_(options),
        channel_(channel_to(options)),
        capabilities_(wire::Capabilities::NewStub(channel_)),
        storage_(wire::ContentAddressableStorage::NewStub(channel_)),
        cache_(wire::ActionCache::NewStub(channel_)),
        execution_(wire::Execution::NewStub(channel_)),
        streams_(google::bytestream::ByteStream::NewStub(channel_)) {}

  Status capabilities(Capabilities& into) override {
    GrpcCall call(options_, options_.call_time);
    auto request = with_instance<wire::GetCapabilitiesRequest>();
    wire::ServerCapabilities found;
    const auto status = status_of(capabilities_->GetCapabilities(call.context(), request, &found));
    const auto& cache = found.cache_capabilities();
    const auto& execution = found.execution_capabilities();
    for (const auto function : cache.digest_functions())
      into.sha256 |= function == wire::DigestFunction::SHA256;
    for (const auto compressor : cache.supported_compressors())
      into.zstd |= compressor == wire::Compressor::ZSTD;
    bool executes = execution.digest_function() == wire::DigestFunction::SHA256;
    for (const auto function : execution.digest_functions())
      executes |= function == wire::DigestFunction::SHA256;
    into.executes = execution.exec_enabled() && executes;
    into.largest_batch =
        static_cast<std::uint64_t>(std::max<std::int64_t>(cache.max_batch_total_size_bytes(), 0));
    return status;
  }

  Status find_missing(const std::vector<BlobId>& blobs, std::vector<BlobId>& missing) override {
    GrpcCall call(options_, options_.call_time);
    auto request = with_instance<wire::FindMissingBlobsRequest>();
    for (const auto& blob : blobs) remote::write(blob, *request.add_blob_digests());
    wire::FindMissingBlobsResponse response;
    const auto status = status_of(storage_->FindMissingBlobs(call.context(), request, &response));
    for (const auto& digest : response.missing_blob_digests()) missing.push_back(blob_of(digest));
    return status;
  }

  Status update(const std::vector<BlobBytes>& blobs, std::vector<Status>& each) override {
    GrpcCall call(options_, options_.call_time);
    auto request = with_instance<wire::BatchUpdateBlobsRequest>();
    for (const auto& blob : blobs) {
      auto& part = *request.add_requests();
      remote::write(blob.id, *part.mutable_digest());
      part.set_data(blob.bytes);
    }
    wire::BatchUpdateBlobsResponse response;
    const auto status = status_of(storage_->BatchUpdateBlobs(call.context(), request, &response));
    std::map<BlobId, Status> answers;
    for (const auto& answer : response.responses())
      answers.insert_or_assign(blob_of(answer.digest()), status_of(answer.status()));
    for (const auto& blob : blobs) {
      const auto found = answers.find(blob.id);
      each.push_back(found == answers.end() ? Status{Code::unknown, "the answer leaves it out", {}, {}}
                                            : found->second);
    }
    return status;
  }

  Status read(const std::vector<BlobId>& blobs, std::vector<BlobBytes>& found) override {
    GrpcCall call(options_, options_.call_time);
    auto request = with_instance<wire::BatchReadBlobsRequest>();
    for (const auto& blob : blobs) remote::write(blob, *request.add_digests());
    wire::BatchReadBlobsResponse response;
    const auto status = status_of(storage_->BatchReadBlobs(call.context(), request, &response));
    for (auto& answer : *response.mutable_responses())
      if (answer.status().code() == 0)
        found.push_back({blob_of(answer.digest()), std::move(*answer.mutable_data())});
    return status;
  }

  Status write(const std::string& resource, ByteSource& bytes, std::uint64_t& committed) override {
    return write_stream(*streams_, options_, name_of(resource), bytes, committed);
  }

  std::unique_ptr<BlobReader> open(const std::string& resource, std::uint64_t size) override {
    return std::make_unique<GrpcReader>(*streams_, options_, name_of(resource), size);
  }

  Status action_result(const BlobId& action, const std::vector<std::string>& inlined,
                       ActionResult& into) override {
    GrpcCall call(options_, options_.call_time);
    auto request = with_instance<wire::GetActionResultRequest>();
    remote::write(action, *request.mutable_action_digest());
    for (const auto& path : inlined) request.add_inline_output_files(path);
    wire::ActionResult result;
    const auto status = status_of(cache_->GetActionResult(call.context(), request, &result));
    if (status.ok()) into = result_of(result);
    return status;
  }

  Execution execute(const BlobId& action, bool skip_cache) override {
    GrpcCall call(options_, options_.wait_time);
    auto request = with_instance<wire::ExecuteRequest>();
    request.set_skip_cache_lookup(skip_cache);
    remote::write(action, *request.mutable_action_digest());
    const auto stream = execution_->Execute(call.context(), request);
    return followed(*stream);
  }

  Execution wait(const std::string& operation) override {
    GrpcCall call(options_, options_.wait_time);
    wire::WaitExecutionRequest request;
    request.set_name(operation);
    const auto stream = execution_->WaitExecution(call.context(), request);
    auto execution = followed(*stream);
    if (execution.operation.empty()) execution.operation = operation;
    return execution;
  }

 private:
  template <class Request>
  Request with_instance() const {
    Request request;
    request.set_instance_name(options_.instance);
    return request;
  }

  std::string name_of(const std::string& resource) const {
    return options_.instance.empty() ? resource : options_.instance + "/" + resource;
  }

  static Execution followed(grpc::ClientReader<google::longrunning::Operation>& stream) {
    Execution execution;
    google::longrunning::Operation operation;
    while (stream.Read(&operation)) take(operation, execution);
    const auto status = status_of(stream.Finish());
    if (!execution.is_done) execution.status = status;
    return execution;
  }

  const ConnectOptions options_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<wire::Capabilities::Stub> capabilities_;
  const std::unique_ptr<wire::ContentAddressableStorage::Stub> storage_;
  const std::unique_ptr<wire::ActionCache::Stub> cache_;
  const std::unique_ptr<wire::Execution::Stub> execution_;
  const std::unique_ptr<google::bytestream::ByteStream::Stub> streams_;
};

}  // namespace
}  // namespace whittle::remote

// Owned by the caller.
extern "C" __attribute__((visibility("default"))) whittle::remote::RemoteExecution* whittle_remote_connect_1(
    const whittle::remote::ConnectOptions& options) {
  // What goes wrong is in the status of a call; stderr is not gRPC's.
  gpr_set_log_function([](gpr_log_func_args*) {});
  return new whittle::remote::GrpcExecution(options);
}
