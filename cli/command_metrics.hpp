// What a command took, for Prometheus: how long its phases were, and what it did (docs/metrics.md).
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "builder/build.hpp"
#include "common/metrics_text.hpp"
#include "registry/copy.hpp"
#include "slimming/slim.hpp"

namespace whittle::cli {

// Phases follow one another without gaps. One thread.
class Phases {
 public:
  void begin(std::string_view name);
  void end();
  void write(MetricsText& metrics) const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Phase {
    std::string name;
    double seconds = 0;
  };
  std::vector<Phase> phases_ = {};
  Clock::time_point start_ = Clock::now();
  bool running_ = false;
};

std::string metrics_of(const Phases& phases, const std::vector<builder::BuildResult>& results);
// Of each place in turn.
std::string metrics_of(const Phases& phases, const std::vector<std::string>& places,
                       const std::vector<registry::CopyOutcome>& outcomes);
std::string metrics_of(const Phases& phases, const std::string& image, const slimming::SlimmedResult& result);

}  // namespace whittle::cli
