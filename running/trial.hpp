// One measured run with a setting, and whether it counts as one that holds.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "running/memory_setting.hpp"
#include "running/smoke.hpp"

namespace whittle::running {

// "p99=50ms": that share of the requests of each stage is to be answered in that time.
struct LatencyTarget {
  double quantile = 0.99;
  std::chrono::milliseconds time{0};
  std::string written = {};
  bool is_given = true;

  // Where none is given: p99, and three times what it is without a limit (nanoseconds), or 100 ms where that
  // is less: below it machines and neighbours make more of a difference than a limit.
  static LatencyTarget usual(std::chrono::nanoseconds unhindered);
  // p50, p90, p99, p99.9 …, and a time as parse_duration() reads it. Error(usage).
  static LatencyTarget parse(std::string_view text);
};

struct TuneGoals {
  std::optional<LatencyTarget> target = {};
  double collector_share = 0.25;  // of the CPU time in any stage, at most
};

enum class Outcome {
  holds,
  oom_killed,   // the kernel killed a process for lack of memory
  thrashes,     // the collector takes more than its share
  over_target,  // latency
  failed,       // anything else that is wrong with a run
};
std::string_view name_of(Outcome outcome);

struct Trial {
  MemorySetting setting = {};
  Outcome outcome = Outcome::holds;
  std::string why = {};        // for people, escaped; "" when it holds
  std::uint64_t peak = 0;      // bytes
  std::uint64_t live = 0;      // bytes: the most that lived after a collection; 0 for a program not of Go
  std::uint64_t heap = 0;      // bytes: the largest heap
  std::uint64_t outside = 0;   // bytes, estimated: what Go's runtime does not count at the highest moment
  double collector_share = 0;  // of the CPU time, in the stage where it is highest
  std::optional<std::chrono::nanoseconds> latency =
      {};  // at the target's quantile, else P99; of the worst stage
  Shape shape = Shape::unknown;

  bool holds() const { return outcome == Outcome::holds; }
};

Trial trial_of(const MemorySetting& setting, const SmokeResult& result, const TuneGoals& goals);

}  // namespace whittle::running
