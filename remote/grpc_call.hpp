// One call of gRPC: its headers, its deadline, and its end when somebody asks the command to stop. Of the
// module alone.
#pragma once

#include <grpcpp/client_context.h>

#include <chrono>
#include <functional>
#include <stop_token>

#include "remote/connect.hpp"

namespace whittle::remote {

// Lives as long as its call. Not movable: the token holds it.
class GrpcCall {
 public:
  GrpcCall(const ConnectOptions& options, std::chrono::milliseconds time)
      : cancel_(options.stop, [this] { context_.TryCancel(); }) {
    for (const auto& [name, value] : options.headers) context_.AddMetadata(name, value);
    context_.set_deadline(std::chrono::system_clock::now() + time);
  }

  grpc::ClientContext* context() { return &context_; }
  void cancel() { context_.TryCancel(); }

 private:
  grpc::ClientContext context_;
  std::stop_callback<std::function<void()>> cancel_;
};

}  // namespace whittle::remote
