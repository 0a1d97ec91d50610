#include "registry/retries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <random>
#include <utility>

#include "common/parallel.hpp"

namespace whittle::registry {
namespace {

using Clock = std::chrono::steady_clock;
using Time = RetryPolicy::Time;

constexpr unsigned most_places = 64;       // requests in flight at a host that never complained
constexpr Time worth_telling{1'000};       // shorter waits are told with -v only
constexpr unsigned answers_per_place = 8;  // in a row, before a host that had complained is asked more again

class SystemRetryClock final : public RetryClock {
 public:
  Clock::time_point now() override { return Clock::now(); }
  void sleep(Time time, const std::stop_token& stop) override {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait_for(lock, stop, time, [] { return false; });
  }
  double random() override {
    const std::lock_guard lock(mutex_);
    return std::uniform_real_distribution<double>()(engine_);
  }

 private:
  std::mutex mutex_;
  std::minstd_rand engine_{std::random_device()()};
};

Time milliseconds_until(Clock::time_point later, Clock::time_point now) {
  return std::chrono::ceil<Time>(later - now);
}

}  // namespace

std::unique_ptr<RetryClock> make_retry_clock() {
  return std::make_unique<SystemRetryClock>();
}

// Guarded by Retries::mutex_.
struct Retries::Host {
  Clock::time_point paused_until = {};
  Time paused{};                // in all
  Clock::time_point good = {};  // when it last answered, or was first asked
  bool has_answered = false;
  unsigned places = most_places;
  unsigned taken = 0;
  unsigned answers = 0;  // since `places` last changed
  std::condition_variable_any place_free;
};

Retries::Retries(RetryPolicy policy, Reporter& reporter, std::stop_token stop,
                 std::unique_ptr<RetryClock> clock)
    : policy_(policy), reporter_(reporter), stop_(std::move(stop)), clock_(std::move(clock)) {}
Retries::~Retries() = default;

Retries::Turn::Turn(Turn&& other) noexcept
    : retries_(std::exchange(other.retries_, nullptr)), host_(std::move(other.host_)) {}
Retries::Turn::~Turn() {
  if (retries_ != nullptr) retries_->leave(host_);
}

Retries::Host& Retries::host_of(const std::string& name) {
  auto& host = hosts_[name];
  if (!host) {
    host = std::make_unique<Host>();
    host->good = clock_->now();
  }
  return *host;
}

Retries::Turn Retries::enter(const std::string& name) {
  std::unique_lock lock(mutex_);
  Host& host = host_of(name);
  for (;;) {
    host.place_free.wait(lock, stop_, [&] { return host.taken < host.places; });
    throw_if_stopped(stop_);
    const auto now = clock_->now();
    if (host.paused_until <= now) break;
    const auto rest = milliseconds_until(host.paused_until, now);
    lock.unlock();
    clock_->sleep(rest, stop_);
    lock.lock();
  }
  ++host.taken;
  return {*this, name};
}

void Retries::leave(const std::string& name) noexcept {
  const std::lock_guard lock(mutex_);
  const auto host = hosts_.find(name);
  if (host == hosts_.end()) return;
  --host->second->taken;
  host->second->place_free.notify_one();
}

void Retries::succeeded(const std::string& name) {
  const std::lock_guard lock(mutex_);
  Host& host = host_of(name);
  host.good = clock_->now();
  host.has_answered = true;
  if (host.places == most_places || ++host.answers < answers_per_place) return;
  ++host.places;
  host.answers = 0;
  host.place_free.notify_one();
}

// How long to wait before the next attempt; nothing when there is none.
std::optional<Time> Retries::next_wait(Host& host, const Failure& failure) {
  const auto now = clock_->now();
  if (failure.too_many) {  // as many as were taken by it was too many
    host.places = std::max(1U, std::min(host.places, host.taken + 1) / 2);
    host.answers = 0;
  }
  if (failure.attempt >= policy_.attempts) return std::nullopt;
  if (failure.pause && *failure.pause > Time::zero()) {
    // Several requests that are told the same are one pause.
    const auto until = now + *failure.pause;
    if (until > host.paused_until) {
      const auto added = milliseconds_until(until, std::max(now, host.paused_until));
      if (added > policy_.longest_pause - host.paused) return std::nullopt;
      host.paused += added;
      host.paused_until = until;
    }
    host.good = std::max(host.good, host.paused_until);  // to wait as told costs no patience
    return *failure.pause;
  }
  if (now - host.good >= (host.has_answered ? policy_.patience : policy_.first_patience)) return std::nullopt;
  auto ceiling = policy_.wait;
  for (unsigned i = 1; i < failure.attempt && ceiling < policy_.longest_wait; ++i) ceiling *= 2;
  ceiling = std::min(ceiling, policy_.longest_wait);
  return Time(static_cast<Time::rep>(clock_->random() * static_cast<double>(ceiling.count() + 1)));
}

bool Retries::again(const std::string& name, const Failure& failure) {
  std::optional<Time> wait;
  {
    const std::lock_guard lock(mutex_);
    wait = next_wait(host_of(name), failure);
  }
  if (!wait) return false;
  const auto line =
      fmt::format("{}; trying again in {:.1f} s", failure.why, static_cast<double>(wait->count()) / 1000);
  if (*wait >= worth_telling)
    reporter_.note(line);
  else
    reporter_.verbose(line);
  this->wait(*wait, *wait);
  return true;
}

void Retries::wait(Time least, Time most) {
  const auto part = clock_->random() * static_cast<double>((most - least).count());
  clock_->sleep(least + Time(static_cast<Time::rep>(part)), stop_);
  throw_if_stopped(stop_);
}

namespace {

constexpr std::string_view month_names = "JanFebMarAprMayJunJulAugSepOctNovDec";

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return text.empty() ? std::nullopt : std::optional(value);
}

// "Sun, 06 Nov 1994 08:49:37 GMT", the one form that is sent (RFC 9110, section 5.6.7).
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return std::nullopt;
  const auto month = month_names.find(text.substr(8, 3));
  const auto day = number(text.substr(5, 2));
  const auto year = number(text.substr(12, 4));
  const auto hour = number(text.substr(17, 2));
  const auto minute = number(text.substr(20, 2));
  const auto second = number(text.substr(23, 2));
  if (month == std::string_view::npos || month % 3 != 0 || !day || !year || !hour || !minute || !second)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(month / 3 + 1)),
                                         std::chrono::day(*day)};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second);
}

}  // namespace

std::optional<Time> parse_retry_after(std::string_view field, std::chrono::system_clock::time_point now) {
  while (field.starts_with(' ')) field.remove_prefix(1);
  while (field.ends_with(' ')) field.remove_suffix(1);
  if (field.starts_with('-') && number(field.substr(1, 9))) return Time::zero();
  constexpr std::size_t most_digits = 9;  // some thirty years
  const bool digits = !field.empty() && field.find_first_not_of("0123456789") == std::string_view::npos;
  if (digits && field.size() > most_digits) return std::chrono::hours(24 * 365 * 30);
  if (digits) return std::chrono::seconds(*number(field));
  const auto date = parse_http_date(field);
  if (!date) return std::nullopt;
  // In seconds: a date of the year 9999 is beyond what the clock's own unit can hold.
  return std::max<Time>(Time::zero(), *date - std::chrono::floor<std::chrono::seconds>(now));
}

}  // namespace whittle::registry
