// A server of the Remote Execution API in one process, which does what it should but for the faults that it
// is told:
//   slow                every call takes a quarter of a second longer
//   exhausted           calls of the storage are answered RESOURCE_EXHAUSTED
//   half                a stream breaks in its middle
//   forgets             what an action needs is gone when it is to start
//   cut                 the stream of Execute ends before the execution does
//   forgets-operation   WaitExecution knows of nothing
//   loses-outputs       a result is kept, its files are not
//   other-output        a result names another file than the action made
//   other-size          … of another size
//   other-bytes         what is read is something else
//   other-diff-id       the report says of layers what is not so
//   broken-report       the report is no JSON
//   worker-dies         actions end by a signal and leave nothing
//   no-execution, no-sha256, zstd   what it says it can do
#pragma once

#include <grpcpp/server_context.h>

#include <future>
#include <map>
#include <mutex>
#include <string>

#include "remote/protocol/bytestream.grpc.pb.h"
#include "remote/protocol/remote_execution.grpc.pb.h"
#include "tests/support/remote_server/blobs.hpp"
#include "tests/support/remote_server/faults.hpp"
#include "tests/support/remote_server/worker.hpp"

namespace whittle::test {

struct ServerOptions {
  std::string instance = {};  // others are NOT_FOUND
  std::string header = {};    // NAME=VALUE that each call has to have
  std::filesystem::path folder = {};
  std::filesystem::path memory = {};  // what actions made, kept between servers
  std::filesystem::path log = {};     // a line for each call
};

// What all services share. Thread-safe.
class ServerState {
 public:
  ServerState(ServerOptions options, Faults& faults)
      : options_(std::move(options)), faults_(faults), worker_(blobs_, options_.folder, options_.memory) {}

  // Logs the call; an answer that ends it at once, or OK.
  grpc::Status begin(const grpc::ServerContext& context, const std::string& call,
                     const std::string& instance);
  void log(const std::string& line);

  Blobs& blobs() { return blobs_; }
  Faults& faults() { return faults_; }
  Worker& worker() { return worker_; }
  const std::string& instance() const { return options_.instance; }

  std::optional<wire::ActionResult> result(const std::string& action);
  void keep(const std::string& action, const wire::ActionResult& result);

 private:
  const ServerOptions options_;
  Faults& faults_;
  Blobs blobs_;
  Worker worker_;
  std::mutex mutex_;
  std::map<std::string, wire::ActionResult> results_;
};

class CapabilitiesService final : public wire::Capabilities::Service {
 public:
  explicit CapabilitiesService(ServerState& state) : state_(state) {}
  grpc::Status GetCapabilities(grpc::ServerContext* context, const wire::GetCapabilitiesRequest* request,
                               wire::ServerCapabilities* response) override;

 private:
  ServerState& state_;
};

class StorageService final : public wire::ContentAddressableStorage::Service {
 public:
  explicit StorageService(ServerState& state) : state_(state) {}
  grpc::Status FindMissingBlobs(grpc::ServerContext* context, const wire::FindMissingBlobsRequest* request,
                                wire::FindMissingBlobsResponse* response) override;
  grpc::Status BatchUpdateBlobs(grpc::ServerContext* context, const wire::BatchUpdateBlobsRequest* request,
                                wire::BatchUpdateBlobsResponse* response) override;

 private:
  ServerState& state_;
};

class StreamService final : public google::bytestream::ByteStream::Service {
 public:
  explicit StreamService(ServerState& state) : state_(state) {}
  grpc::Status Read(grpc::ServerContext* context, const google::bytestream::ReadRequest* request,
                    grpc::ServerWriter<google::bytestream::ReadResponse>* writer) override;
  grpc::Status Write(grpc::ServerContext* context,
                     grpc::ServerReader<google::bytestream::WriteRequest>* reader,
                     google::bytestream::WriteResponse* response) override;

 private:
  ServerState& state_;
};

class CacheService final : public wire::ActionCache::Service {
 public:
  explicit CacheService(ServerState& state) : state_(state) {}
  grpc::Status GetActionResult(grpc::ServerContext* context, const wire::GetActionResultRequest* request,
                               wire::ActionResult* response) override;

 private:
  ServerState& state_;
};

class ExecutionService final : public wire::Execution::Service {
 public:
  explicit ExecutionService(ServerState& state) : state_(state) {}
  using Writer = grpc::ServerWriter<google::longrunning::Operation>;
  grpc::Status Execute(grpc::ServerContext* context, const wire::ExecuteRequest* request,
                       Writer* writer) override;
  grpc::Status WaitExecution(grpc::ServerContext* context, const wire::WaitExecutionRequest* request,
                             Writer* writer) override;

 private:
  using Running = std::shared_future<wire::ExecuteResponse>;
  grpc::Status follow(const std::string& name, const Running& running, Writer* writer);
  wire::ExecuteResponse executed(const wire::Digest& action, bool skip_cache);
  wire::ActionResult falsified(wire::ActionResult result);

  ServerState& state_;
  std::mutex mutex_;
  std::map<std::string, Running> operations_;  // by name
};

}  // namespace whittle::test
