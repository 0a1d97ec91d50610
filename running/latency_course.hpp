// How latency went over time, in a bounded number of stretches: they double in length when there are too
// many.
#pragma once

#include <chrono>
#include <vector>

#include "running/latency_histogram.hpp"
#include "running/load_generator.hpp"

namespace whittle::running {

class LatencyCourse {
 public:
  // `at` in seconds since the beginning, never going back by more than the stretch that is filled.
  void add(double at, std::chrono::nanoseconds latency);
  std::vector<LatencyPoint> take();

 private:
  static constexpr std::size_t most_points = 600;
  void close();
  std::vector<LatencyPoint> points_;
  LatencyHistogram current_;
  double begin_ = 0;
  double span_ = 1;
};

}  // namespace whittle::running
