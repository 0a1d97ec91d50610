#include "running/smoke_metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/metrics_text.hpp"

namespace whittle::running {
namespace {

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

constexpr std::array<std::pair<double, std::string_view>, 4> quantiles = {
    {{0.5, "0.5"}, {0.9, "0.9"}, {0.99, "0.99"}, {0.999, "0.999"}}};

// All samples have the image's place as a label.
class Metrics {
 public:
  explicit Metrics(std::string_view image) : image_(image) {}

  void describe(std::string_view name, std::string_view help) { text_.describe(name, help); }
  void describe_times(std::string_view name, std::string_view help) {
    text_.describe(name, help, MetricKind::summary);
  }
  void times(const std::string& name, const LatencyHistogram& times, const MetricLabels& labels = {}) {
    for (const auto& [share, text] : quantiles) {
      auto all = labels;
      all.emplace_back("quantile", text);
      sample(name, seconds(times.at(share)), all);
    }
    sample(name + "_sum", seconds(times.sum()), labels);
    sample(name + "_count", static_cast<double>(times.count()), labels);
  }
  void sample(std::string_view name, double value, const MetricLabels& labels = {}) {
    MetricLabels all = {{"image", image_}};
    all.insert(all.end(), labels.begin(), labels.end());
    text_.sample(name, all, value);
  }
  void gauge(std::string_view name, std::string_view help, double value) {
    describe(name, help);
    sample(name, value);
  }
  std::string take() { return text_.take(); }

 private:
  std::string image_;
  MetricsText text_ = MetricsText("whittle_smoke");
};

void add_memory(const SmokeResult& result, Metrics& metrics) {
  const auto& memory = result.steady.memory;
  metrics.describe("memory_bytes", "Memory in the second half of the load, by kind.");
  for (const auto& [kind, bytes] : {std::pair{"anonymous", memory.anonymous}, std::pair{"file", memory.file},
                                    std::pair{"tmpfs", memory.shared}, std::pair{"kernel", memory.kernel},
                                    std::pair{"sockets", memory.socket}})
    metrics.sample("memory_bytes", static_cast<double>(bytes), {{"kind", kind}});
  metrics.gauge("memory_peak_bytes", "The most memory it had.",
                static_cast<double>(result.watched.peak.value_or(result.watched.highest.memory.total)));
  if (result.memory_limit)
    metrics.gauge("memory_limit_bytes", "The limit it was given.", static_cast<double>(*result.memory_limit));
  metrics.gauge("oom_kills", "Processes killed for lack of memory.",
                static_cast<double>(result.watched.counters.oom_kills));
  metrics.gauge("memory_growth_bytes_per_second",
                "How fast its memory grew under constant load; 0 when it did not.",
                result.course.slope_per_hour / 3600);
}

void add_collections(const SmokeResult& result, Metrics& metrics) {
  const auto& gc = result.collections;
  metrics.gauge("gc_collections", "Collections of the Go runtime.", static_cast<double>(gc.count()));
  metrics.gauge("gc_cpu_share", "Share of the CPU time in the collector.",
                gc.collector_share(result.seconds));
  metrics.describe_times("gc_pause_seconds", "Pauses of the Go runtime.");
  metrics.times("gc_pause_seconds", gc.pauses());
  metrics.gauge("heap_live_bytes", "The most that was live after a collection.",
                static_cast<double>(gc.highest_live() << 20U));
}

void add_load(const LoadResult& load, Metrics& metrics) {
  metrics.describe_times("latency_seconds", "Latency from when a request was due, by stage.");
  for (std::size_t i = 0; i < load.stages.size(); ++i)
    metrics.times(
        "latency_seconds", load.stages[i].latency,
        {{"stage", std::to_string(i + 1)}, {"rate", fmt::format("{:g}", load.stages[i].stage.rate)}});
  metrics.describe("requests", "Requests, by stage and outcome.");
  for (std::size_t i = 0; i < load.stages.size(); ++i) {
    const auto& stage = load.stages[i];
    const auto succeeded = stage.planned - std::min(stage.planned, stage.without_success());
    metrics.sample("requests", static_cast<double>(succeeded),
                   {{"stage", std::to_string(i + 1)}, {"outcome", "success"}});
    metrics.sample("requests", static_cast<double>(stage.without_success()),
                   {{"stage", std::to_string(i + 1)}, {"outcome", "failure"}});
  }
}

}  // namespace

std::string metrics_of(const SmokeResult& result, std::string_view image) {
  Metrics metrics(image);
  metrics.gauge("passed", "Whether the run showed no problem.", result.problems.empty() ? 1 : 0);
  metrics.gauge("limited", "Whether limits could be set.", result.limited ? 1 : 0);
  if (result.ready_after)
    metrics.gauge("ready_seconds", "From the start until it was ready.", *result.ready_after);
  if (result.stopped_after)
    metrics.gauge("stop_seconds", "From the stop signal to the end.", *result.stopped_after);
  metrics.gauge("cpu_seconds", "CPU time it used.",
                static_cast<double>(result.watched.counters.cpu_microseconds) / 1e6);
  metrics.gauge("cpu_throttled_seconds", "Time it was held back by its CPU limit.",
                static_cast<double>(result.watched.counters.throttled_microseconds) / 1e6);
  add_memory(result, metrics);
  if (result.collections.count() > 0) add_collections(result, metrics);
  if (result.load) add_load(*result.load, metrics);
  return metrics.take();
}

}  // namespace whittle::running
