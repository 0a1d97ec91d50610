#include "running/latency_course.hpp"

#include <algorithm>
#include <utility>

namespace whittle::running {

void LatencyCourse::add(double at, std::chrono::nanoseconds latency) {
  while (at >= begin_ + span_) close();
  current_.add(latency);
}

void LatencyCourse::close() {
  points_.push_back({begin_, span_, current_.count(), current_.at(0.5), current_.at(0.99)});
  begin_ += span_;
  current_ = LatencyHistogram();
  if (points_.size() < most_points) return;
  // Two become one; of what they had, the worse stays.
  for (std::size_t i = 0; i + 1 < points_.size(); i += 2) {
    auto& one = points_[i / 2] = points_[i];
    const auto& other = points_[i + 1];
    one.span += other.span;
    one.answered += other.answered;
    one.median = std::max(one.median, other.median);
    one.p99 = std::max(one.p99, other.p99);
  }
  points_.resize(points_.size() / 2);
  span_ *= 2;
}

std::vector<LatencyPoint> LatencyCourse::take() {
  if (current_.count() > 0) close();
  return std::move(points_);
}

}  // namespace whittle::running
