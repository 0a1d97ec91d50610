#include "cli/command_metrics.hpp"

#include <algorithm>

namespace whittle::cli {

void Phases::begin(std::string_view name) {
  end();
  phases_.push_back({std::string(name)});
  start_ = Clock::now();
  running_ = true;
}

void Phases::end() {
  if (running_) phases_.back().seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  running_ = false;
}

void Phases::write(MetricsText& metrics) const {
  metrics.describe("phase_seconds", "How long each phase of the command took.");
  for (const auto& phase : phases_) metrics.sample("phase_seconds", {{"phase", phase.name}}, phase.seconds);
}

std::string metrics_of(const Phases& phases, const std::vector<builder::BuildResult>& results) {
  MetricsText metrics("whittle_build");
  phases.write(metrics);
  metrics.describe("compiled", "Whether a program of the image was compiled; 0: all came from the cache.");
  for (const auto& result : results)
    metrics.sample("compiled", {{"image", result.image}}, result.compiled ? 1 : 0);
  const auto each = [&](const auto& work) {
    for (const auto& result : results)
      for (const auto& built : result.platforms)
        work(MetricLabels{{"image", result.image}, {"platform", built.platform.text()}}, built.image);
  };
  metrics.describe("image_bytes", "Compressed size of all layers.");
  each([&](const MetricLabels& labels, const builder::AssembledImage& image) {
    metrics.sample("image_bytes", labels, static_cast<double>(image.size));
  });
  metrics.describe("layers", "Layers of its own, by whether they were written or came from the cache.");
  each([&](const MetricLabels& labels, const builder::AssembledImage& image) {
    const auto written = std::count_if(image.layers.begin(), image.layers.end(),
                                       [](const auto& layer) { return layer.written; });
    for (const auto& [state, count] :
         {std::pair{"written", written},
          std::pair{"cached", static_cast<std::ptrdiff_t>(image.layers.size()) - written}}) {
      auto all = labels;
      all.emplace_back("state", state);
      metrics.sample("layers", all, static_cast<double>(count));
    }
  });
  return metrics.take();
}

std::string metrics_of(const Phases& phases, const std::vector<std::string>& places,
                       const std::vector<registry::CopyOutcome>& outcomes) {
  MetricsText metrics("whittle_copy");
  phases.write(metrics);
  metrics.describe("passed", "Whether the image is complete at the place.");
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    metrics.sample("passed", {{"place", places[i]}}, outcomes[i].result ? 1 : 0);
  metrics.describe("sent_bytes", "Bytes of blobs that were sent.");
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    if (outcomes[i].result)
      metrics.sample("sent_bytes", {{"place", places[i]}},
                     static_cast<double>(outcomes[i].result->bytes_sent));
  metrics.describe("blobs", "Blobs, by whether they were sent, mounted from another repository, or there.");
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (!outcomes[i].result) continue;
    const auto& copied = *outcomes[i].result;
    for (const auto& [state, count] :
         {std::pair{"sent", copied.blobs_sent}, std::pair{"mounted", copied.blobs_mounted},
          std::pair{"present", copied.blobs_present}})
      metrics.sample("blobs", {{"place", places[i]}, {"state", state}}, static_cast<double>(count));
  }
  return metrics.take();
}

std::string metrics_of(const Phases& phases, const std::string& image,
                       const slimming::SlimmedResult& result) {
  MetricsText metrics("whittle_slim");
  phases.write(metrics);
  metrics.gauge("changed", "Whether anything could go.", {{"image", image}}, result.changed ? 1 : 0);
  metrics.describe("image_bytes", "Compressed size of all layers, before and after.");
  for (const auto& platform : result.platforms)
    for (const auto& [when, size] : {std::pair{"before", platform.size_before.compressed},
                                     std::pair{"after", platform.size_after.compressed}})
      metrics.sample("image_bytes",
                     {{"image", image}, {"platform", platform.platform.text()}, {"when", when}},
                     static_cast<double>(size));
  return metrics.take();
}

}  // namespace whittle::cli
