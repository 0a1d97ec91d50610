// A server that was asked what it can do, with all that is done with it.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <stop_token>

#include "common/report.hpp"
#include "registry/retries.hpp"
#include "remote/calls.hpp"
#include "remote/connect.hpp"
#include "remote/executor.hpp"
#include "remote/remote_execution.hpp"
#include "remote/storage.hpp"

namespace whittle::remote {

// How often and how long failed calls of a server are sent again. Shorter than with registries: there is
// another way to get the same.
registry::RetryPolicy service_retries();

// Thread-safe. Borrows the reporter.
class Service {
 public:
  // Asks the server what it can do. Error(network), Error(auth); Error(unsupported) when it cannot do what is
  // needed.
  Service(std::unique_ptr<RemoteExecution> remote, std::string host, std::chrono::seconds longest,
          Reporter& reporter, const std::stop_token& stop, registry::RetryPolicy policy = service_retries());

  const std::string& host() const { return calls_.host(); }
  Storage& storage() { return storage_; }
  Executor& executor() { return executor_; }

 private:
  static Capabilities checked(RemoteExecution& remote, Calls& calls);

  const std::unique_ptr<RemoteExecution> remote_;
  registry::Retries retries_;
  Calls calls_;
  Storage storage_;
  Executor executor_;
};

}  // namespace whittle::remote
