#include "running/tune_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "builder/memory_spec.hpp"
#include "running/smoke_text.hpp"

namespace whittle::running {
namespace {

using builder::go_size;

std::string size(std::uint64_t bytes) {
  return mebibytes(static_cast<double>(bytes));
}

std::string tune_row(std::string_view name, const std::string& text) {
  return fmt::format("{:<10} {}\n", name, text);
}

std::string outcome_in_table(const Trial& trial) {
  switch (trial.outcome) {
    case Outcome::holds:
      return "held";
    case Outcome::oom_killed:
      return "KILLED for lack of memory";
    case Outcome::thrashes:
      return "THRASHES: " + trial.why;
    case Outcome::over_target:
      return "TOO SLOW: " + trial.why;
    case Outcome::failed:
      return "FAILED: " + trial.why;
  }
  return trial.why;
}

std::string table(const TuneResult& result) {
  const auto& target = result.goals.target;
  auto text = fmt::format("{:>3}  {:>9}  {:>10}  {:>5}  {:>9}  {:>9}  {:>9}  {}\n", "run", "limit",
                          "GOMEMLIMIT", "GOGC", "peak", "collector",
                          target ? target->written.substr(0, target->written.find('=')) : "p99", "");
  for (std::size_t i = 0; i < result.trials.size(); ++i) {
    const auto& trial = result.trials[i];
    const auto& setting = trial.setting;
    text += fmt::format("{:>3}  {:>9}  {:>10}  {:>5}  {:>9}  {:>9}  {:>9}  {}{}{}\n", i + 1,
                        setting.limit ? size(*setting.limit) : "none",
                        setting.soft_limit ? go_size(*setting.soft_limit) : "-",
                        setting.gogc.empty() ? "-" : setting.gogc, size(trial.peak),
                        fmt::format("{:.1f} %", trial.collector_share * 100),
                        trial.latency ? shown_time(*trial.latency) : "-", outcome_in_table(trial),
                        result.as_it_is == i ? "  ← the image as it is" : "",
                        result.recommended == i ? "  ← recommended" : "");
  }
  return text;
}

// Go's limiter gives the collector half of the CPU time at most: near it the program makes no progress.
std::string thrashing_text(const TuneResult& result) {
  const Trial* worst = nullptr;
  for (const auto& trial : result.trials)
    if (trial.outcome == Outcome::thrashes && trial.setting.soft_limit &&
        (worst == nullptr || *trial.setting.limit > *worst->setting.limit))
      worst = &trial;
  if (worst == nullptr) return {};
  return tune_row(
      "thrashing",
      fmt::format("GOMEMLIMIT={} is too little: what lives ({}) leaves the collector no room, and it takes "
                  "{:.0f} % of the CPU time",
                  go_size(*worst->setting.soft_limit), size(worst->live), worst->collector_share * 100));
}

std::string growth_text(const TuneResult& result) {
  const auto grows = [](const Trial& trial) {
    return trial.shape == Shape::linear || trial.shape == Shape::stairs || trial.shape == Shape::outside;
  };
  if (result.trials.empty() || !grows(result.trials.front())) return {};
  return tune_row(
      "beware",
      "its memory grows all the time (`whittle smoke` says where): any limit holds only for as long "
      "as this load");
}

// A limit that holds may cost latency, which nobody bounded closely.
std::string slowness(const TuneResult& result) {
  const auto& before = result.trials.front().latency;
  const auto& now = result.trials[*result.recommended].latency;
  if ((result.goals.target && result.goals.target->is_given) || !before || !now || *now < *before * 3)
    return {};
  return tune_row(
      "beware",
      fmt::format("P99 is {} then, and {} without a limit: bound it with --target, for example p99={:.0f}ms",
                  shown_time(*now), shown_time(*before),
                  std::ceil(static_cast<double>(before->count()) * 2 / 1e6)));
}

}  // namespace

std::string outcome_text(const Trial& trial) {
  return trial.holds()
             ? fmt::format("held, peak {}, collector {:.1f} %", size(trial.peak), trial.collector_share * 100)
             : trial.why;
}

std::string text_of(const TuneResult& result, const std::vector<std::string>& notes) {
  auto text = table(result);
  for (std::size_t i = 0; i < notes.size(); ++i) text += tune_row(i == 0 ? "go" : "", notes[i]);
  if (const auto& target = result.goals.target; target && !target->is_given)
    text += tune_row(
        "target",
        fmt::format("{}, three times what it is without a limit and 100 ms at least; --target sets another",
                    target->written));
  text += growth_text(result) + thrashing_text(result);
  if (result.smallest)
    text += tune_row("smallest", size(*result.smallest) + " held" +
                                     (result.largest_failed && *result.largest_failed < *result.smallest
                                          ? fmt::format("; {} did not", size(*result.largest_failed))
                                          : std::string("; less was not tried")));
  if (!result.recommended) return text + tune_row("NONE", result.why_none);
  const auto& trial = result.trials[*result.recommended];
  const auto above =
      (static_cast<double>(*trial.setting.limit) / static_cast<double>(*result.smallest) - 1) * 100;
  text += tune_row(
      "use", fmt::format("limit {}, {:.0f} % above the smallest that held", trial.setting.text(), above));
  text += slowness(result);
  if (result.as_it_is) {
    const auto& before = result.trials[*result.as_it_is];
    text += tune_row("", before.holds()
                             ? "the image as it is holds under " + size(*before.setting.limit) + ", too"
                             : "the image as it is does not hold under " + size(*before.setting.limit) +
                                   ": " + before.why);
  }
  return text;
}

}  // namespace whittle::running
