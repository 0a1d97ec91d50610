// Metrics in Prometheus's text format (prometheus.io/docs/instrumenting/exposition_formats), as the textfile
// collector of the node exporter reads them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace whittle {

using MetricLabels = std::vector<std::pair<std::string_view, std::string>>;

// A summary has a sample for each `quantile` label, and those of NAME_sum and NAME_count.
enum class MetricKind { gauge, summary };

// Metrics that are named PREFIX_NAME, each described before its samples. Values of labels are escaped, and
// what is no UTF-8 in them is not there. One thread.
class MetricsText {
 public:
  explicit MetricsText(std::string prefix) : prefix_(std::move(prefix)) {}

  void describe(std::string_view name, std::string_view help, MetricKind kind = MetricKind::gauge);
  void sample(std::string_view name, const MetricLabels& labels, double value);
  // One that has but one sample.
  void gauge(std::string_view name, std::string_view help, const MetricLabels& labels, double value);
  std::string take() { return std::move(text_); }

 private:
  std::string prefix_;
  std::string text_;
};

}  // namespace whittle
