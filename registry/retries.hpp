// When a failed request is sent again, and how many a host is asked at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "common/report.hpp"

namespace whittle::registry {

// Waits of the client: `wait` doubles with each attempt of a request, and what is waited is a random part of
// it ("full jitter"), so that many clients do not come back together. There is one patience per host for a
// whole command: all of its requests and layers share it, so that retries do not multiply.
struct RetryPolicy {
  using Time = std::chrono::milliseconds;
  unsigned attempts = 20;  // of one request, the first among them
  Time wait{200};
  Time longest_wait{15'000};
  Time patience{60'000};        // with a host that has answered before and now only fails
  Time first_patience{10'000};  // with one that has never answered
  Time longest_pause{300'000};  // that hosts may ask for by Retry-After, in one command
};

// The clock and the dice, replaced in tests. Thread-safe.
class RetryClock {
 public:
  virtual ~RetryClock() = default;
  virtual std::chrono::steady_clock::time_point now() = 0;
  // Returns early when `stop` asks.
  virtual void sleep(RetryPolicy::Time time, const std::stop_token& stop) = 0;
  virtual double random() = 0;  // in [0, 1)
};
std::unique_ptr<RetryClock> make_retry_clock();

// The memory of one command about its hosts (scheme, name and port). Thread-safe. Borrows the reporter.
class Retries {
 public:
  Retries(RetryPolicy policy, Reporter& reporter, std::stop_token stop,
          std::unique_ptr<RetryClock> clock = make_retry_clock());
  ~Retries();

  // The right to have one request in flight at a host, until it is destroyed.
  class Turn {
   public:
    ~Turn();
    Turn(Turn&& other) noexcept;
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    Turn& operator=(Turn&&) = delete;

   private:
    friend class Retries;
    Turn(Retries& retries, std::string host) : retries_(&retries), host_(std::move(host)) {}
    Retries* retries_;
    std::string host_;
  };
  // Waits until the host's pause is over and one of its places is free. Error(interrupted) when stopped.
  Turn enter(const std::string& host);

  // A request was answered; what it was answered does not matter, as long as it is worth an answer.
  void succeeded(const std::string& host);

  struct Failure {
    unsigned attempt = 1;                         // how many times the request was sent by now
    bool too_many = false;                        // answered 429: the host is asked less at once
    std::optional<RetryPolicy::Time> pause = {};  // asked for by Retry-After
    std::string why = {};                         // for the reporter; escaped
  };
  // After a failed attempt: waits and returns true when there should be another one. A pause that the host
  // asked for holds back all of its requests.
  bool again(const std::string& host, const Failure& failure);

  // A wait of a random time between both, for what other writers are at: those who met once do not meet
  // again. Error(interrupted) when stopped.
  void wait(RetryPolicy::Time least, RetryPolicy::Time most);

 private:
  struct Host;
  Host& host_of(const std::string& name);  // under mutex_
  std::optional<RetryPolicy::Time> next_wait(Host& host, const Failure& failure);
  void leave(const std::string& host) noexcept;

  const RetryPolicy policy_;
  Reporter& reporter_;
  const std::stop_token stop_;
  const std::unique_ptr<RetryClock> clock_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Host>> hosts_;
};

// The value of a Retry-After field (RFC 9110, section 10.2.3): seconds, or a date, which is read against
// `now`. Never negative; nothing when it is neither.
std::optional<RetryPolicy::Time> parse_retry_after(std::string_view field,
                                                   std::chrono::system_clock::time_point now);

}  // namespace whittle::registry
