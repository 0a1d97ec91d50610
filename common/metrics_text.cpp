#include "common/metrics_text.hpp"

#include <fmt/format.h>

#include "common/text.hpp"

namespace whittle {
namespace {

std::string label_value(std::string_view text) {
  std::string value;
  for (const char c : as_utf8(text)) {
    if (c == '\\' || c == '"') value += '\\';
    if (c == '\n')
      value += "\\n";
    else
      value += c;
  }
  return value;
}

}  // namespace

void MetricsText::describe(std::string_view name, std::string_view help, MetricKind kind) {
  text_ += fmt::format("# HELP {0}_{1} {2}\n# TYPE {0}_{1} {3}\n", prefix_, name, help,
                       kind == MetricKind::gauge ? "gauge" : "summary");
}

void MetricsText::sample(std::string_view name, const MetricLabels& labels, double value) {
  std::string inner;
  for (const auto& [label, text] : labels)
    inner += fmt::format("{}{}=\"{}\"", inner.empty() ? "" : ",", label, label_value(text));
  text_ += fmt::format("{}_{}{} {}\n", prefix_, name, inner.empty() ? "" : "{" + inner + "}", value);
}

void MetricsText::gauge(std::string_view name, std::string_view help, const MetricLabels& labels,
                        double value) {
  describe(name, help);
  sample(name, labels, value);
}

}  // namespace whittle
