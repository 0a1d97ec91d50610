// The base score of CVSS vectors.
#include <algorithm>
#include <cmath>

#include "vulnerabilities/cvss_vector.hpp"
#include "vulnerabilities/severity.hpp"

namespace whittle::vulnerabilities {
namespace {

using Metrics = CvssMetrics;

// The numbers of metrics by their values; a value that is missing or not among them makes the whole invalid.
class Weights {
 public:
  explicit Weights(const Metrics& metrics) : metrics_(metrics) {}

  double operator()(std::string_view metric,
                    std::initializer_list<std::pair<std::string_view, double>> values) {
    const auto found = metrics_.find(metric);
    if (found != metrics_.end())
      for (const auto& [value, weight] : values)
        if (found->second == value) return weight;
    valid_ = false;
    return 0;
  }
  bool valid() const { return valid_; }

 private:
  const Metrics& metrics_;
  bool valid_ = true;
};

// CVSS 3.1, appendix A: rounded up to one decimal, in whole numbers, so that no binary fraction tips it.
double rounded_up(double value) {
  const auto whole = std::llround(value * 100'000);
  if (whole % 10'000 == 0) return static_cast<double>(whole) / 100'000;
  return static_cast<double>(whole / 10'000 + 1) / 10;
}

// CVSS 3.1, sections 7.1 and 7.4. Version 3.0 has the same numbers.
std::optional<double> score_3(const Metrics& metrics) {
  Weights weight(metrics);
  const bool changed = weight("S", {{"U", 0}, {"C", 1}}) > 0;
  const auto vector = weight("AV", {{"N", 0.85}, {"A", 0.62}, {"L", 0.55}, {"P", 0.2}});
  const auto complexity = weight("AC", {{"L", 0.77}, {"H", 0.44}});
  const auto privileges =
      weight("PR", {{"N", 0.85}, {"L", changed ? 0.68 : 0.62}, {"H", changed ? 0.5 : 0.27}});
  const auto interaction = weight("UI", {{"N", 0.85}, {"R", 0.62}});
  const auto harm = [&](std::string_view metric) {
    return weight(metric, {{"H", 0.56}, {"L", 0.22}, {"N", 0}});
  };
  const auto untouched = (1 - harm("C")) * (1 - harm("I")) * (1 - harm("A"));
  if (!weight.valid()) return std::nullopt;
  const auto base = 1 - untouched;
  const auto impact = changed ? 7.52 * (base - 0.029) - 3.25 * std::pow(base - 0.02, 15) : 6.42 * base;
  const auto exploitability = 8.22 * vector * complexity * privileges * interaction;
  if (impact <= 0) return 0.0;
  return rounded_up(std::min((changed ? 1.08 : 1.0) * (impact + exploitability), 10.0));
}

// CVSS 2.0, section 3.2.1.
std::optional<double> score_2(const Metrics& metrics) {
  Weights weight(metrics);
  const auto vector = weight("AV", {{"L", 0.395}, {"A", 0.646}, {"N", 1.0}});
  const auto complexity = weight("AC", {{"H", 0.35}, {"M", 0.61}, {"L", 0.71}});
  const auto authentication = weight("Au", {{"M", 0.45}, {"S", 0.56}, {"N", 0.704}});
  const auto harm = [&](std::string_view metric) {
    return weight(metric, {{"N", 0}, {"P", 0.275}, {"C", 0.66}});
  };
  const auto impact = 10.41 * (1 - (1 - harm("C")) * (1 - harm("I")) * (1 - harm("A")));
  if (!weight.valid()) return std::nullopt;
  const auto exploitability = 20 * vector * complexity * authentication;
  const auto factor = impact == 0 ? 0 : 1.176;
  return std::round((0.6 * impact + 0.4 * exploitability - 1.5) * factor * 10) / 10;
}

}  // namespace

std::optional<CvssMetrics> cvss_metrics(std::string_view text) {
  CvssMetrics metrics;
  while (!text.empty()) {
    const auto part = text.substr(0, text.find('/'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    const auto colon = part.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == part.size()) return std::nullopt;
    if (!metrics.emplace(part.substr(0, colon), part.substr(colon + 1)).second) return std::nullopt;
  }
  return metrics;
}

std::optional<double> cvss_base_score(std::string_view vector) {
  for (const std::string_view prefix : {"CVSS:3.1/", "CVSS:3.0/"})
    if (vector.starts_with(prefix)) {
      const auto metrics = cvss_metrics(vector.substr(prefix.size()));
      return metrics ? score_3(*metrics) : std::nullopt;
    }
  constexpr std::string_view four = "CVSS:4.0/";
  if (vector.starts_with(four)) {
    const auto metrics = cvss_metrics(vector.substr(four.size()));
    return metrics ? cvss_4_base_score(*metrics) : std::nullopt;
  }
  if (vector.starts_with("CVSS:")) return std::nullopt;
  const auto metrics = cvss_metrics(vector);
  return metrics ? score_2(*metrics) : std::nullopt;
}

}  // namespace whittle::vulnerabilities
