#include "tests/support/remote_server/services.hpp"

#include <fstream>
#include <thread>

#include "common/bytes.hpp"
#include "common/json.hpp"
#include "layers/compression.hpp"

namespace whittle::test {
namespace {

const grpc::Status good = grpc::Status::OK;

grpc::Status failed(grpc::StatusCode code, const std::string& message) {
  return {code, message};
}

// ".../blobs/HASH/SIZE" or ".../compressed-blobs/zstd/HASH/SIZE".
struct Resource {
  bool is_zstd = false;
  std::string hash;
};

Resource resource_of(const std::string& name) {
  const auto size = name.rfind('/');
  const auto hash = name.rfind('/', size - 1);
  return {name.find("compressed-blobs/zstd/") != std::string::npos, name.substr(hash + 1, size - hash - 1)};
}

std::string unpacked(std::string bytes) {
  const auto source = layers::decompress(std::make_unique<TextSource>(std::move(bytes)), "an upload");
  return read_all(*source, 1U << 30U, "an upload");
}

std::string packed(const std::string& bytes) {
  TextSink sink(1U << 30U, "a download");
  const auto compressor =
      layers::make_compressor({layers::Compression::Format::zstd, layers::Compression::Level::fast}, 1, sink);
  compressor->write(as_bytes(bytes));
  compressor->finish();
  return sink.take();
}

}  // namespace

grpc::Status ServerState::begin(const grpc::ServerContext& context, const std::string& call,
                                const std::string& instance) {
  log(call);
  if (faults_.happens("slow")) std::this_thread::sleep_for(std::chrono::milliseconds(250));
  if (const auto equals = options_.header.find('='); equals != std::string::npos) {
    const auto found = context.client_metadata().find(options_.header.substr(0, equals));
    if (found == context.client_metadata().end() || found->second != options_.header.substr(equals + 1))
      return failed(grpc::StatusCode::UNAUTHENTICATED, "who are you?");
  }
  if (instance != options_.instance) return failed(grpc::StatusCode::INVALID_ARGUMENT, "no such instance");
  return good;
}

void ServerState::log(const std::string& line) {
  const std::lock_guard lock(mutex_);
  std::ofstream(options_.log, std::ios::app) << line << "\n";
}

std::optional<wire::ActionResult> ServerState::result(const std::string& action) {
  const std::lock_guard lock(mutex_);
  const auto found = results_.find(action);
  return found == results_.end() ? std::nullopt : std::optional(found->second);
}

void ServerState::keep(const std::string& action, const wire::ActionResult& result) {
  const std::lock_guard lock(mutex_);
  results_.insert_or_assign(action, result);
}

grpc::Status CapabilitiesService::GetCapabilities(grpc::ServerContext* context,
                                                  const wire::GetCapabilitiesRequest* request,
                                                  wire::ServerCapabilities* response) {
  if (auto status = state_.begin(*context, "GetCapabilities", request->instance_name()); !status.ok())
    return status;
  auto& cache = *response->mutable_cache_capabilities();
  if (!state_.faults().happens("no-sha256")) cache.add_digest_functions(wire::DigestFunction::SHA256);
  cache.set_max_batch_total_size_bytes(1 << 20);
  if (state_.faults().happens("zstd")) cache.add_supported_compressors(wire::Compressor::ZSTD);
  response->mutable_execution_capabilities()->set_digest_function(wire::DigestFunction::SHA256);
  response->mutable_execution_capabilities()->set_exec_enabled(!state_.faults().happens("no-execution"));
  return good;
}

grpc::Status StorageService::FindMissingBlobs(grpc::ServerContext* context,
                                              const wire::FindMissingBlobsRequest* request,
                                              wire::FindMissingBlobsResponse* response) {
  if (auto status = state_.begin(*context, "FindMissingBlobs", request->instance_name()); !status.ok())
    return status;
  for (const auto& digest : request->blob_digests())
    if (!state_.blobs().find(digest.hash())) *response->add_missing_blob_digests() = digest;
  return good;
}

grpc::Status StorageService::BatchUpdateBlobs(grpc::ServerContext* context,
                                              const wire::BatchUpdateBlobsRequest* request,
                                              wire::BatchUpdateBlobsResponse* response) {
  if (auto status = state_.begin(*context, "BatchUpdateBlobs", request->instance_name()); !status.ok())
    return status;
  std::int64_t total = 0;
  for (const auto& part : request->requests()) {
    total += part.digest().size_bytes();
    auto& answer = *response->add_responses();
    *answer.mutable_digest() = part.digest();
    if (state_.faults().happens("exhausted"))
      answer.mutable_status()->set_code(grpc::StatusCode::RESOURCE_EXHAUSTED);
    else if (state_.blobs().add(part.data()) != part.digest().hash())
      answer.mutable_status()->set_code(grpc::StatusCode::INVALID_ARGUMENT);
  }
  if (total > 1 << 20) return failed(grpc::StatusCode::INVALID_ARGUMENT, "the batch is too large");
  return good;
}

grpc::Status StreamService::Read(grpc::ServerContext* context, const google::bytestream::ReadRequest* request,
                                 grpc::ServerWriter<google::bytestream::ReadResponse>* writer) {
  if (auto status = state_.begin(*context, "Read " + request->resource_name(), state_.instance());
      !status.ok())
    return status;
  const auto resource = resource_of(request->resource_name());
  auto bytes = state_.blobs().find(resource.hash);
  if (!bytes) return failed(grpc::StatusCode::NOT_FOUND, "no such blob");
  if (state_.faults().happens("other-bytes") && !bytes->empty())
    bytes->back() = static_cast<char>(~bytes->back());
  if (resource.is_zstd) bytes = packed(*bytes);
  const bool breaks = state_.faults().happens("half");
  constexpr std::size_t part = 64U << 10U;
  for (std::size_t at = 0; at < bytes->size(); at += part) {
    if (breaks && at >= bytes->size() / 2) return failed(grpc::StatusCode::UNAVAILABLE, "the cable broke");
    google::bytestream::ReadResponse response;
    response.set_data(bytes->substr(at, part));
    if (!writer->Write(response)) break;
  }
  return breaks ? failed(grpc::StatusCode::UNAVAILABLE, "the cable broke") : good;
}

grpc::Status StreamService::Write(grpc::ServerContext* context,
                                  grpc::ServerReader<google::bytestream::WriteRequest>* reader,
                                  google::bytestream::WriteResponse* response) {
  google::bytestream::WriteRequest request;
  std::string name;
  std::string bytes;
  bool is_whole = false;
  while (reader->Read(&request)) {
    if (name.empty()) name = request.resource_name();
    if (request.write_offset() != static_cast<std::int64_t>(bytes.size()))
      return failed(grpc::StatusCode::INVALID_ARGUMENT, "a part is missing");
    bytes += request.data();
    is_whole |= request.finish_write();
    if (bytes.size() > (1U << 20U) && state_.faults().happens("half"))
      return failed(grpc::StatusCode::UNAVAILABLE, "the cable broke");
  }
  if (auto status = state_.begin(*context, "Write " + name, state_.instance()); !status.ok()) return status;
  if (state_.faults().happens("exhausted"))
    return failed(grpc::StatusCode::RESOURCE_EXHAUSTED, "the quota is used up");
  const auto resource = resource_of(name);
  response->set_committed_size(static_cast<std::int64_t>(bytes.size()));
  if (resource.is_zstd) bytes = unpacked(std::move(bytes));
  if (!is_whole || state_.blobs().add(bytes) != resource.hash)
    return failed(grpc::StatusCode::INVALID_ARGUMENT, "these are other bytes");
  return good;
}

grpc::Status CacheService::GetActionResult(grpc::ServerContext* context,
                                           const wire::GetActionResultRequest* request,
                                           wire::ActionResult* response) {
  if (auto status = state_.begin(*context, "GetActionResult", request->instance_name()); !status.ok())
    return status;
  const auto found = state_.result(request->action_digest().hash());
  if (!found) return failed(grpc::StatusCode::NOT_FOUND, "no such result");
  state_.log("GetActionResult: found");
  *response = *found;
  for (auto& file : *response->mutable_output_files())
    for (const auto& path : request->inline_output_files())
      if (file.path() == path) file.set_contents(state_.blobs().find(file.digest().hash()).value_or(""));
  return good;
}

wire::ActionResult ExecutionService::falsified(wire::ActionResult result) {
  auto& faults = state_.faults();
  for (auto& file : *result.mutable_output_files()) {
    auto& digest = *file.mutable_digest();
    const auto replace = [&](std::string bytes) {
      digest.set_size_bytes(static_cast<std::int64_t>(bytes.size()));
      digest.set_hash(state_.blobs().add(std::move(bytes)));
    };
    if (file.path() == "out/layers/0" && faults.happens("other-output")) replace("another file");
    if (file.path() == "out/layers/0" && faults.happens("other-size"))
      digest.set_size_bytes(digest.size_bytes() + 1);
    if (file.path() != "out/report.json") continue;
    if (faults.happens("broken-report")) replace("{\"version\":1,");
    if (faults.happens("other-diff-id")) {
      auto report = Json::parse(state_.blobs().find(digest.hash()).value());
      for (auto& layer : report["layers"]) layer["diffID"] = Digest::of("no layer").text();
      replace(canonical(report));
    }
  }
  return result;
}

wire::ExecuteResponse ExecutionService::executed(const wire::Digest& action, bool skip_cache) {
  wire::ExecuteResponse response;
  if (const auto known = state_.result(action.hash()); known && !skip_cache) {
    *response.mutable_result() = *known;
    response.set_cached_result(true);
    return response;
  }
  auto missing = state_.worker().missing(action);
  if (missing.empty() && state_.faults().happens("forgets")) {
    state_.blobs().forget(action.hash());
    missing = {action.hash()};
  }
  if (!missing.empty()) {
    google::rpc::PreconditionFailure failure;
    for (const auto& hash : missing) {
      auto& violation = *failure.add_violations();
      violation.set_type("MISSING");
      violation.set_subject("blobs/" + hash + "/0");
    }
    auto& status = *response.mutable_status();
    status.set_code(grpc::StatusCode::FAILED_PRECONDITION);
    status.set_message("inputs are missing");
    auto& detail = *status.add_details();
    detail.set_type_url("type.googleapis.com/google.rpc.PreconditionFailure");
    detail.set_value(failure.SerializeAsString());
    return response;
  }
  state_.log("executing " + action.hash());
  auto& result = *response.mutable_result();
  if (state_.faults().happens("worker-dies")) {
    result.set_exit_code(137);
    result.set_stderr_raw("Killed\n");
    return response;
  }
  result = falsified(state_.worker().run(action));
  if (result.exit_code() != 0) return response;
  state_.keep(action.hash(), result);
  if (state_.faults().happens("loses-outputs"))
    for (const auto& file : result.output_files()) state_.blobs().forget(file.digest().hash());
  return response;
}

// An execution goes on whatever becomes of the streams that wait for it.
grpc::Status ExecutionService::follow(const std::string& name, const Running& running, Writer* writer) {
  google::longrunning::Operation operation;
  operation.set_name(name);
  writer->Write(operation);
  if (state_.faults().happens("cut")) return failed(grpc::StatusCode::UNAVAILABLE, "the connection was cut");
  try {
    operation.mutable_response()->set_value(running.get().SerializeAsString());
  } catch (const std::exception& error) {
    return failed(grpc::StatusCode::INTERNAL, error.what());
  }
  operation.set_done(true);
  operation.mutable_response()->set_type_url(
      "type.googleapis.com/build.bazel.remote.execution.v2.ExecuteResponse");
  writer->Write(operation);
  return good;
}

grpc::Status ExecutionService::Execute(grpc::ServerContext* context, const wire::ExecuteRequest* request,
                                       Writer* writer) {
  if (auto status = state_.begin(*context, "Execute", request->instance_name()); !status.ok()) return status;
  Running running;
  std::string name;
  {
    const std::lock_guard lock(mutex_);
    name = "operations/" + std::to_string(operations_.size());
    running = std::async(std::launch::async,
                         [this, action = request->action_digest(), anew = request->skip_cache_lookup()] {
                           return executed(action, anew);
                         });
    operations_[name] = running;
  }
  return follow(name, running, writer);
}

grpc::Status ExecutionService::WaitExecution(grpc::ServerContext* context,
                                             const wire::WaitExecutionRequest* request, Writer* writer) {
  if (auto status = state_.begin(*context, "WaitExecution", state_.instance()); !status.ok()) return status;
  Running running;
  {
    const std::lock_guard lock(mutex_);
    const auto found = operations_.find(request->name());
    if (found == operations_.end() || state_.faults().happens("forgets-operation"))
      return failed(grpc::StatusCode::NOT_FOUND, "no such operation");
    running = found->second;
  }
  return follow(request->name(), running, writer);
}

}  // namespace whittle::test
