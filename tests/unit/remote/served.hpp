// A fake server with all that is done with one, and no waiting.
#pragma once

#include <memory>

#include "common/report.hpp"
#include "registry/retries.hpp"
#include "remote/calls.hpp"
#include "remote/executor.hpp"
#include "remote/storage.hpp"
#include "tests/support/fake_remote.hpp"

namespace whittle::test {

class StillClock final : public registry::RetryClock {
 public:
  std::chrono::steady_clock::time_point now() override { return {}; }
  void sleep(registry::RetryPolicy::Time, const std::stop_token&) override {}
  double random() override { return 0.5; }
};

struct Served {
  explicit Served(remote::Capabilities can = {true, true, false, 0}) : storage(fake, can, calls) {}

  FakeRemote fake = {};
  SilentReporter reporter = {};
  std::stop_source stop = {};
  registry::Retries retries{{.attempts = 4}, reporter, stop.get_token(), std::make_unique<StillClock>()};
  remote::Calls calls{"build.example.com:443", retries, stop.get_token()};
  remote::Storage storage;
  remote::Executor executor{fake, storage, calls, std::chrono::hours(1)};
};

inline remote::Status failing(remote::Code code, std::string message = "why") {
  return {code, std::move(message), {}, {}};
}

}  // namespace whittle::test
