#include "running/trial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "common/error.hpp"
#include "common/text.hpp"
#include "running/memory_size.hpp"
#include "running/smoke_text.hpp"

namespace whittle::running {
namespace {

// Of the CPU time that there was between two moments: as many processors as Go uses, or as the limit gives.
double share_between(const SmokeResult& result, double from, double to) {
  const auto& kept = result.collections.kept();
  if (kept.empty() || to <= from) return 0;
  double milliseconds = 0;
  double processors = 1;
  for (const auto& one : kept) {
    if (one.at < from || one.at > to) continue;
    milliseconds += one.cpu;
    processors = std::max(1U, one.processors);
  }
  // Of very many collections every second, fourth … is kept.
  milliseconds *= static_cast<double>(result.collections.count()) / static_cast<double>(kept.size());
  if (result.cpu_limit) processors = std::min(processors, *result.cpu_limit);
  return std::min(1.0, milliseconds / ((to - from) * 1000 * processors));
}

double worst_share(const SmokeResult& result) {
  if (!result.load) return share_between(result, result.load_from, result.load_to);
  double worst = 0;
  auto from = result.load_from;
  for (const auto& stage : result.load->stages) {
    const auto to = from + std::chrono::duration<double>(stage.stage.duration).count();
    worst = std::max(worst, share_between(result, from, to));
    from = to;
  }
  return worst;
}

std::optional<std::chrono::nanoseconds> worst_latency(const SmokeResult& result, double quantile) {
  std::optional<std::chrono::nanoseconds> worst;
  if (!result.load) return worst;
  for (const auto& stage : result.load->stages)
    if (stage.latency.count() > 0)
      worst = std::max(worst.value_or(stage.latency.at(quantile)), stage.latency.at(quantile));
  return worst;
}

// Go's runtime counts heap, stacks and its own structures; beside a heap those are about a seventh and some
// MiB.
std::uint64_t outside_of(const SmokeResult& result) {
  const auto& memory = result.watched.highest.memory;
  const auto heap = result.collections.highest_heap() * mebibyte;
  const auto counted = heap + heap / 7 + 6 * mebibyte;
  return memory.kernel + memory.socket + memory.shared +
         (memory.anonymous > counted ? memory.anonymous - counted : 0);
}

void judge(const SmokeResult& result, const TuneGoals& goals, Trial& trial) {
  for (const auto& problem : result.problems) {
    const bool killed = problem.kind == Problem::Kind::oom_killed;
    if (!trial.holds() && !killed) continue;
    trial.outcome = killed ? Outcome::oom_killed : Outcome::failed;
    trial.why = problem.text;
    if (killed) return;
  }
  // What is behind answers that fail to come in time is told first.
  if (trial.collector_share > goals.collector_share) {
    trial.outcome = Outcome::thrashes;
    trial.why = fmt::format("the collector takes {:.0f} % of the CPU time, more than {:.0f} %",
                            trial.collector_share * 100, goals.collector_share * 100);
  } else if (trial.holds() && goals.target && trial.latency && *trial.latency > goals.target->time) {
    trial.outcome = Outcome::over_target;
    trial.why = fmt::format("{} is {}", goals.target->written.substr(0, goals.target->written.find('=')),
                            shown_time(*trial.latency));
  }
}

}  // namespace

LatencyTarget LatencyTarget::usual(std::chrono::nanoseconds unhindered) {
  using namespace std::chrono_literals;
  const auto time = std::max(100ms, std::chrono::ceil<std::chrono::milliseconds>(3 * unhindered));
  return {0.99, time, fmt::format("p99={}ms", time.count()), false};
}

LatencyTarget LatencyTarget::parse(std::string_view text) {
  const auto equals = text.find('=');
  const auto number = text.substr(0, equals).substr(text.starts_with('p') ? 1 : 0);
  double percent = 0;
  const auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), percent);
  if (!text.starts_with('p') || equals == std::string_view::npos || failure != std::errc() ||
      end != number.data() + number.size() || percent < 1 || percent >= 100)
    throw Error(ErrorKind::usage, fmt::format("{} is no target", shown(text)))
        .hint("for example p99=50ms, or p99.9=1s");
  return {percent / 100, parse_duration(text.substr(equals + 1), "time of the target"), std::string(text),
          true};
}

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::holds:
      return "holds";
    case Outcome::oom_killed:
      return "oom-killed";
    case Outcome::thrashes:
      return "thrashes";
    case Outcome::over_target:
      return "over-target";
    case Outcome::failed:
      return "failed";
  }
  return "failed";
}

Trial trial_of(const MemorySetting& setting, const SmokeResult& result, const TuneGoals& goals) {
  Trial trial;
  trial.setting = setting;
  trial.peak = result.watched.peak.value_or(result.watched.highest.memory.total);
  trial.live = result.collections.highest_live() * mebibyte;
  trial.heap = result.collections.highest_heap() * mebibyte;
  trial.outside = outside_of(result);
  trial.collector_share = worst_share(result);
  trial.latency = worst_latency(result, goals.target ? goals.target->quantile : 0.99);
  trial.shape = result.course.shape;
  judge(result, goals, trial);
  return trial;
}

}  // namespace whittle::running
