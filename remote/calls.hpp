// Calls of a server that may fail: which failures pass, and what is said of those that do not.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "registry/retries.hpp"
#include "remote/remote_execution.hpp"

namespace whittle::remote {

// Thread-safe. Borrows the budget of retries, which is the one of the whole command for this host.
class Calls {
 public:
  Calls(std::string host, registry::Retries& retries, std::stop_token stop)
      : host_(std::move(host)), retries_(retries), stop_(std::move(stop)) {}

  // Calls until it succeeds, fails for good or the budget is used up, and returns how it ended.
  // Error(interrupted).
  Status repeat(const std::function<Status()>& call);
  // The same; throws error_of() unless it ended well.
  void require(std::string_view doing, const std::function<Status()>& call);

  // What a failure is for the user: Error(auth) or Error(network), with the server's own words.
  Error error_of(std::string_view doing, const Status& status) const;

  const std::string& host() const { return host_; }
  const std::stop_token& stop() const { return stop_; }

 private:
  const std::string host_;
  registry::Retries& retries_;
  const std::stop_token stop_;
};

// "UNAVAILABLE", as gRPC writes it.
std::string_view name_of(Code code);
// Whether the same call may go well a little later.
bool may_pass(Code code);

}  // namespace whittle::remote
