#include "remote/service.hpp"

#include <fmt/format.h>

#include <utility>

#include "common/error.hpp"

namespace whittle::remote {

registry::RetryPolicy service_retries() {
  using Time = registry::RetryPolicy::Time;
  registry::RetryPolicy policy;
  policy.attempts = 8;
  policy.longest_wait = Time(5'000);
  policy.patience = Time(30'000);
  policy.first_patience = Time(3'000);
  policy.longest_pause = Time(30'000);
  return policy;
}

Service::Service(std::unique_ptr<RemoteExecution> remote, std::string host, std::chrono::seconds longest,
                 Reporter& reporter, const std::stop_token& stop, registry::RetryPolicy policy)
    : remote_(std::move(remote)),
      retries_(policy, reporter, stop),
      calls_(std::move(host), retries_, stop),
      storage_(*remote_, checked(*remote_, calls_), calls_),
      executor_(*remote_, storage_, calls_, longest) {}

Capabilities Service::checked(RemoteExecution& remote, Calls& calls) {
  Capabilities found;
  calls.require("asking what it can do", [&] {
    found = {};
    return remote.capabilities(found);
  });
  if (!found.sha256)
    throw Error(ErrorKind::unsupported, fmt::format("{} does not name files by SHA-256", calls.host()));
  if (!found.executes)
    throw Error(ErrorKind::unsupported, fmt::format("{} keeps files and executes nothing", calls.host()))
        .hint("name the server's execution endpoint");
  return found;
}

}  // namespace whittle::remote
