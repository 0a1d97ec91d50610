#include "running/tune.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "builder/memory_spec.hpp"
#include "running/memory_size.hpp"

namespace whittle::running {
namespace {

constexpr std::uint64_t least_limit = 6 * mebibyte;  // below, runtimes cannot start a container
constexpr unsigned search_share = 95;                // percent of a limit that has no margin yet
constexpr double limit_growth = 1.5;                 // of a limit that does not hold
constexpr double worth_gogc = 0.02;  // of the CPU time: what a collector takes that is left alone

std::uint64_t up_to_mebibyte(double bytes) {
  return static_cast<std::uint64_t>(std::ceil(bytes / mebibyte)) * mebibyte;
}

class Search {
 public:
  Search(const TuneOptions& options, const MakeTrial& make) : options_(options), make_(make) {
    result_.goals = options.goals;
  }

  TuneResult run() {
    if (measure_without_limit() && find_smallest()) {
      recommend();
      try_without_gogc();
    }
    compare();
    return std::move(result_);
  }

 private:
  const Trial& attempt(const MemorySetting& setting) {
    result_.trials.push_back(make_(setting, result_.trials.size() + 1, result_.goals));
    return result_.trials.back();
  }
  bool may_run(std::size_t kept_for_later) const {
    return result_.trials.size() + kept_for_later < options_.most_runs;
  }

  MemorySetting under(std::uint64_t limit, unsigned share) const {
    MemorySetting setting{.limit = limit};
    if (options_.knows_soft_limit) setting.soft_limit = soft_limit_under(limit, outside_, share);
    return setting;
  }
  // The usual share of a limit with a margin leaves the heap more than what held; where the margin is small
  // it would leave it less.
  unsigned recommended_share() const {
    return std::max(builder::MemorySpec::usual_share,
                    static_cast<unsigned>(std::ceil(search_share / (1 + options_.margin))));
  }

  bool measure_without_limit() {
    const auto& trial = attempt({});
    outside_ = trial.outside;
    // What lived when memory was plenty counts what was garbage already when its collection began.
    low_ = std::max(least_limit, up_to_mebibyte(0.85 * static_cast<double>(trial.live)));
    high_ = std::max(up_to_mebibyte(static_cast<double>(trial.peak)), low_ + mebibyte);
    if (options_.usual_target && !result_.goals.target && trial.latency)
      result_.goals.target = LatencyTarget::usual(*trial.latency);
    if (trial.holds()) return true;
    result_.why_none = fmt::format("without a limit, too, it does not hold: {}", trial.why);
    return false;
  }

  // The upper end is run only when it is not known to hold.
  bool find_smallest() {
    if (options_.most_memory && *options_.most_memory < high_) {
      high_ = *options_.most_memory;
      low_ = std::min(low_, std::max(least_limit, high_ / 2));
    }
    while (!hold(high_)) {
      if (high_ == options_.most_memory || !may_run(4)) {
        result_.why_none = fmt::format("it does not hold under {}: {}", result_.trials.back().setting.text(),
                                       result_.trials.back().why);
        return false;
      }
      // What was enough without a limit need not be with one: GOMEMLIMIT counts all that Go has mapped.
      low_ = high_;
      high_ = up_to_mebibyte(limit_growth * static_cast<double>(high_));
      if (options_.most_memory) high_ = std::min(high_, *options_.most_memory);
    }
    halve();
    return true;
  }

  bool hold(std::uint64_t limit) {
    const auto setting = under(limit, search_share);
    bool holds = attempt(setting).holds();
    for (unsigned again = 0; again < repeats_of(result_.trials.back()) && may_run(4); ++again)
      holds = attempt(setting).holds();
    if (holds)
      result_.smallest = limit;
    else
      result_.largest_failed = std::max(result_.largest_failed.value_or(0), limit);
    return holds;
  }

  // How often a run is worth making again at most. What slowed it down may have been a neighbour, and more
  // likely so where the collector had little to do.
  unsigned repeats_of(const Trial& trial) const {
    if (trial.outcome != Outcome::over_target && trial.outcome != Outcome::failed) return 0;
    const bool is_idle = trial.collector_share < result_.goals.collector_share / 2;
    return trial.outcome == Outcome::over_target && is_idle ? 2 : 1;
  }

  // What lives is an estimate, and too high where much was garbage already: the lower end has to be seen to
  // fail.
  void halve() {
    for (;;) {
      narrow();
      if (result_.largest_failed || low_ <= least_limit || !may_run(4)) return;
      low_ = std::max(least_limit, up_to_mebibyte(0.6 * static_cast<double>(low_)));
    }
  }

  void narrow() {
    while (static_cast<double>(high_) > static_cast<double>(low_) * (1 + options_.resolution) && may_run(4)) {
      const auto middle = up_to_mebibyte(std::sqrt(static_cast<double>(low_) * static_cast<double>(high_)));
      if (middle <= low_ || middle >= high_) break;
      (hold(middle) ? high_ : low_) = middle;
    }
  }

  // What held once by a hair may not hold again: then the margin is added once more.
  void recommend() {
    auto limit = up_to_mebibyte(static_cast<double>(*result_.smallest) * (1 + options_.margin));
    for (int i = 0; i < 3; ++i) {
      if (options_.most_memory) limit = std::min(limit, *options_.most_memory);
      if (attempt(under(limit, recommended_share())).holds()) {
        result_.recommended = result_.trials.size() - 1;
        return;
      }
      if (limit == options_.most_memory) break;
      limit = up_to_mebibyte(static_cast<double>(limit) * (1 + options_.margin));
    }
    result_.why_none = fmt::format("what held once did not hold again: {}", result_.trials.back().why);
  }

  // Without GOGC the heap uses all that GOMEMLIMIT leaves it. That changes nothing where it did already,
  // where the collector has little to do, and where nothing but GOGC holds the heap down.
  void try_without_gogc() {
    if (!result_.recommended || !options_.knows_soft_limit || !options_.knows_gogc) return;
    const auto before = result_.trials[*result_.recommended];
    const auto room = *before.setting.soft_limit > before.live ? *before.setting.soft_limit - before.live : 0;
    if (before.collector_share < worth_gogc || room < before.live + before.live / 10 || !may_run(1)) return;
    auto setting = before.setting;
    setting.gogc = "off";
    const auto& trial = attempt(setting);
    const bool faster =
        !trial.latency || !before.latency || *trial.latency <= *before.latency + *before.latency / 10;
    if (trial.holds() && faster && trial.collector_share < 0.8 * before.collector_share)
      result_.recommended = result_.trials.size() - 1;
  }

  // At the limit that was given; else at the recommended one.
  void compare() {
    auto limit = options_.most_memory;
    if (!limit && result_.recommended) limit = result_.trials[*result_.recommended].setting.limit;
    if (!limit) return;
    attempt({.limit = limit});
    result_.as_it_is = result_.trials.size() - 1;
  }

  const TuneOptions& options_;
  const MakeTrial& make_;
  TuneResult result_;
  std::uint64_t outside_ = 0;
  std::uint64_t low_ = 0;   // does not hold, as far as is known
  std::uint64_t high_ = 0;  // holds
};

}  // namespace

std::uint64_t soft_limit_under(std::uint64_t limit, std::uint64_t outside, unsigned share) {
  const auto left = limit > outside ? limit - outside : 0;
  const auto soft = std::max(std::min(builder::soft_limit(limit, share), left),
                             limit / 4);  // a program that is mostly C has a heap, too
  return std::max<std::uint64_t>(soft / mebibyte, 1) * mebibyte;
}

TuneResult tune(const TuneOptions& options, const MakeTrial& make) {
  return Search(options, make).run();
}

}  // namespace whittle::running
