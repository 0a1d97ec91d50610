#include "running/gc_history.hpp"

#include <algorithm>

namespace whittle::running {
namespace {

std::chrono::nanoseconds milliseconds(double value) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(value * 1e6));
}

double share_of(double milliseconds, double seconds, unsigned processors) {
  const auto available = seconds * 1000 * std::max(processors, 1U);
  return available > 0 ? std::min(milliseconds / available, 1.0) : 0;
}

}  // namespace

void GcHistory::add(const Collection& collection) {
  if (last_is_extra_) kept_.pop_back();
  last_is_extra_ = count_ % stride_ != 0;
  kept_.push_back(collection);
  ++count_;
  if (kept_.size() >= most_kept) {
    for (std::size_t i = 0; i < kept_.size() / 2; ++i) kept_[i] = kept_[2 * i];
    kept_.resize(kept_.size() / 2);
    stride_ *= 2;
    last_is_extra_ = false;
  }
  pauses_.add(milliseconds(collection.pause_before));
  pauses_.add(milliseconds(collection.pause_after));
  highest_goal_ = std::max(highest_goal_, collection.goal);
  highest_heap_ = std::max({highest_heap_, collection.heap_before, collection.heap_after});
  highest_live_ = std::max(highest_live_, collection.live);
  cpu_ += collection.cpu;
  assist_ += collection.assist;
  measure_stretch(collection);
}

void GcHistory::measure_stretch(const Collection& collection) {
  stretch_cpu_ += collection.cpu;
  const auto length = collection.at - stretch_start_;
  if (length < 1) return;
  busiest_share_ = std::max(busiest_share_, share_of(stretch_cpu_, length, collection.processors));
  stretch_start_ = collection.at;
  stretch_cpu_ = 0;
}

double GcHistory::collector_share(double seconds) const {
  return kept_.empty() ? 0 : share_of(cpu_, std::max(seconds, kept_.back().at), kept_.back().processors);
}

double GcHistory::assist_share(double seconds) const {
  return kept_.empty() ? 0 : share_of(assist_, std::max(seconds, kept_.back().at), kept_.back().processors);
}

}  // namespace whittle::running
