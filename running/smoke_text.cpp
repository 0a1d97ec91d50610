#include "running/smoke_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/text.hpp"
#include "running/sparkline.hpp"

namespace whittle::running {
namespace {

constexpr std::size_t chart_width = 60;
constexpr std::size_t tail_lines = 20;
constexpr std::size_t most_shown_growths = 5;

std::string smoke_row(std::string_view name, const std::string& text) {
  return fmt::format("{:<9} {}\n", name, text);
}

std::string percent(double share) {
  return share > 0 && share < 0.01 ? fmt::format("{:.1f} %", share * 100)
                                   : fmt::format("{:.0f} %", share * 100);
}

std::string conditions(const SmokeResult& result) {
  std::string text = "by " + result.runtime;
  if (!result.limited)
    return text + fmt::format(", confined but NOT LIMITED: {}; what follows is what it took unhindered",
                              result.why_not_limited);
  text += result.memory_limit
              ? fmt::format(", memory limit {}", mebibytes(static_cast<double>(*result.memory_limit)))
              : std::string(", no memory limit");
  if (result.cpu_limit) text += fmt::format(", {} CPU", *result.cpu_limit);
  return text;
}

std::string load_table(const LoadResult& load) {
  std::string text = fmt::format("{:<22} {:>9} {:>9} {:>9} {:>10} {:>10} {:>10} {:>10}\n", "load", "planned",
                                 "answered", "failed", "median", "P99", "P99.9", "longest");
  for (const auto& stage : load.stages) {
    const auto& latency = stage.latency;
    const auto time = [&](double share) {
      return latency.count() == 0 ? std::string("-")
                                  : shown_time(share < 1 ? latency.at(share) : latency.longest());
    };
    text += fmt::format("  {:<20} {:>9} {:>9} {:>9} {:>10} {:>10} {:>10} {:>10}\n",
                        fmt::format("{:g}/s for {}", stage.stage.rate,
                                    shown_span(std::chrono::duration<double>(stage.stage.duration).count())),
                        stage.planned, stage.answered, stage.without_success(), time(0.5), time(0.99),
                        time(0.999), time(1));
    const auto part = [&](std::uint64_t count, std::string_view what) {
      if (count > 0) text += fmt::format("    {} {}\n", count, what);
    };
    part(stage.refused, "answered with a status of 4xx");
    part(stage.failed, "answered with a status of 5xx");
    part(stage.disconnected, "without a connection, or on one that broke");
    part(stage.timed_out, "without an answer in time");
    part(stage.unsent, "still waiting for a free connection at the end");
  }
  return text;
}

std::string chart(const std::vector<double>& values, double top, bool unicode, const std::string& legend) {
  return values.size() < 4
             ? std::string()
             : smoke_row("", fmt::format("{}  {}", sparkline(values, top, chart_width, unicode), legend));
}

std::string memory_text(const SmokeResult& result, bool unicode) {
  const auto& watched = result.watched;
  const auto& at_peak = watched.highest;
  const auto peak = static_cast<double>(watched.peak.value_or(at_peak.memory.total));
  auto text = smoke_row(
      "memory",
      fmt::format("peak {}{}, steady {}", mebibytes(peak),
                  result.memory_limit ? fmt::format(" ({} of the limit)",
                                                    percent(peak / static_cast<double>(*result.memory_limit)))
                                      : "",
                  mebibytes(static_cast<double>(result.steady.memory.total))));
  if (!watched.by_group)
    text += smoke_row("", "counted by its processes, since it has no control group of its own");
  else if (!watched.peak)
    text += smoke_row("", "the peak is that of samples: this kernel does not count it");
  const auto& steady = result.steady;
  const auto kind = [](std::string_view name, std::uint64_t bytes) {
    return fmt::format("{} {}", name, mebibytes(static_cast<double>(bytes)));
  };
  text +=
      smoke_row("", fmt::format("{}, {}, {}, {}, {}", kind("anonymous", steady.memory.anonymous),
                                kind("file", steady.memory.file), kind("tmpfs", steady.memory.shared),
                                kind("kernel", steady.memory.kernel), kind("sockets", steady.memory.socket)));
  text += smoke_row(
      "", fmt::format("{}, {}, {}, {} from disk", kind("RSS", steady.rss), kind("PSS", steady.pss),
                      plural(watched.counters.page_faults, "page fault"), watched.counters.major_faults));
  if (watched.counters.process_limit_hits > 0)
    text += smoke_row("", fmt::format("the limit of processes and threads was met {} times",
                                      watched.counters.process_limit_hits));
  std::vector<double> totals;
  for (const auto& sample : watched.samples) totals.push_back(static_cast<double>(sample.memory.total));
  return text + chart(totals, peak, unicode, "from start to stop");
}

std::string cpu_text(const SmokeResult& result) {
  const auto& counters = result.watched.counters;
  if (counters.cpu_microseconds == 0) return {};
  std::string text = fmt::format("{:.2f} s used", static_cast<double>(counters.cpu_microseconds) / 1e6);
  if (counters.periods > 0)
    text += fmt::format("; throttled in {} of {} periods, {:.2f} s in all", counters.throttled,
                        counters.periods, static_cast<double>(counters.throttled_microseconds) / 1e6);
  return smoke_row("cpu", text);
}

std::string collector_text(const SmokeResult& result, bool unicode) {
  const auto& gc = result.collections;
  if (gc.count() == 0) return smoke_row("go", "the program told of no collections (GODEBUG=gctrace=1)");
  auto text = smoke_row("go", fmt::format("{}; live up to {} MiB, heap up to {} MiB, goal up to {} MiB",
                                          plural(gc.count(), "collection"), gc.highest_live(),
                                          gc.highest_heap(), gc.highest_goal()));
  text += smoke_row("", fmt::format("pauses: median {}, P99 {}, longest {}", shown_time(gc.pauses().at(0.5)),
                                    shown_time(gc.pauses().at(0.99)), shown_time(gc.pauses().longest())));
  text += smoke_row("", fmt::format("collector: {} of the CPU time, {} in its busiest second; assists {}",
                                    percent(gc.collector_share(result.seconds)), percent(gc.busiest_share()),
                                    percent(gc.assist_share(result.seconds))));
  std::vector<double> live;
  for (const auto& one : gc.kept()) live.push_back(static_cast<double>(one.live));
  return text + chart(live, static_cast<double>(gc.highest_live()), unicode, "live after collections");
}

std::string heap_text(const SmokeResult& result) {
  if (!result.why_no_profile.empty()) return smoke_row("heap", "no profile: " + result.why_no_profile);
  if (result.heaps.size() < 2) return {};
  const auto& first = result.heaps.front();
  const auto& last = result.heaps.back();
  auto text = smoke_row("heap", fmt::format("in use {} at {:.0f} s, {} at {:.0f} s",
                                            mebibytes(static_cast<double>(first.heap.total)), first.at,
                                            mebibytes(static_cast<double>(last.heap.total)), last.at));
  if (first.goroutines && last.goroutines)
    text += smoke_row("", fmt::format("goroutines: {}, then {}", *first.goroutines, *last.goroutines));
  for (const auto& growth : growth_between(first.heap, last.heap, most_shown_growths))
    text += smoke_row("", fmt::format("  +{:>10}  {}", mebibytes(static_cast<double>(growth.change())),
                                      escaped(growth.function, false, 200)));
  return text;
}

std::string stop_text(const SmokeResult& result) {
  if (!result.ending) return {};
  if (result.stop_signal == 0) return smoke_row("end", result.ending->text());
  const Ending sent{-1, result.stop_signal};
  const auto signal = sent.text().substr(std::string_view("killed by ").size());
  return smoke_row("stop", result.stopped_after
                               ? fmt::format("{}: ended after {:.2f} s, {}", signal, *result.stopped_after,
                                             result.ending->text())
                               : fmt::format("{}: did not end in time and was killed", signal));
}

std::string tail_text(std::string_view name, const std::string& tail) {
  std::vector<std::string> lines;
  std::string_view rest = tail;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    lines.push_back(escaped(rest.substr(0, end), false, 300));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  std::string text;
  for (std::size_t i = lines.size() > tail_lines ? lines.size() - tail_lines : 0; i < lines.size(); ++i)
    text += fmt::format("  {} | {}\n", name, lines[i]);
  return text;
}

}  // namespace

std::string mebibytes(double bytes) {
  return fmt::format("{:.1f} MiB", bytes / (1 << 20));
}

std::string shown_time(std::chrono::nanoseconds time) {
  const auto milliseconds = static_cast<double>(time.count()) / 1e6;
  if (milliseconds >= 1000) return fmt::format("{:.2f} s", milliseconds / 1000);
  return fmt::format("{:.{}f} ms", milliseconds, milliseconds < 10 ? 2 : milliseconds < 100 ? 1 : 0);
}

std::string shown_span(double seconds) {
  if (seconds < 120)
    return fmt::format("{:.{}f} s", seconds, seconds < 10 && seconds != std::floor(seconds) ? 1 : 0);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{:.0f} h", seconds / 3600);
  return fmt::format("{:.0f} days", seconds / 86400);
}

std::string course_text(const HeapCourse& course) {
  const auto meaning = [&]() -> std::string_view {
    switch (course.shape) {
      case Shape::unknown:
        return "not enough to tell";
      case Shape::sawtooth:
        return "sawtooth, healthy";
      case Shape::linear:
        return "linear, a leak";
      case Shape::stairs:
        return "stairs, a cache that never shrinks";
      case Shape::bursts:
        return "bursts, large short-lived buffers";
      case Shape::outside:
        return "growing outside of the Go heap (C code, mappings, stacks)";
    }
    return "";
  };
  auto text = fmt::format("{}: {}", meaning(), course.evidence);
  if (course.slope_per_hour > 0) {
    text += fmt::format("; {}/h", mebibytes(course.slope_per_hour));
    if (course.seconds_until_limit)
      text += fmt::format(", the limit in {}", shown_span(*course.seconds_until_limit));
  }
  return text;
}

std::string text_of(const SmokeResult& result, bool unicode) {
  auto text = smoke_row("ran", conditions(result));
  if (result.as_root_of_caller)
    text += smoke_row("", "as root of a user namespace of yours: only root can run it as the image's user");
  if (!result.why_own_users.empty())
    text += smoke_row(
        "", fmt::format("without a user namespace, confined in all else: {}", result.why_own_users));
  if (result.ready_after) text += smoke_row("ready", fmt::format("after {:.2f} s", *result.ready_after));
  if (result.load) text += load_table(*result.load);
  text += memory_text(result, unicode) + cpu_text(result) + collector_text(result, unicode);
  text += smoke_row("course", course_text(result.course)) + heap_text(result) + stop_text(result);
  if (result.problems.empty()) return text + smoke_row("passed", "it lives");
  for (const auto& problem : result.problems) text += smoke_row("FAILED", problem.text);
  return text + tail_text("stdout", result.output_tail) + tail_text("stderr", result.errors_tail);
}

}  // namespace whittle::running
