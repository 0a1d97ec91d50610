// All that a program said of its collections, in bounded memory.
#pragma once

#include <cstdint>
#include <vector>

#include "running/gc_trace.hpp"
#include "running/latency_histogram.hpp"

namespace whittle::running {

class GcHistory {
 public:
  void add(const Collection& collection);

  std::uint64_t count() const { return count_; }
  // In order; every one, or when there are very many every second, fourth, … of them. The last is always
  // there.
  const std::vector<Collection>& kept() const { return kept_; }
  // Times the world was stopped, two for each collection.
  const LatencyHistogram& pauses() const { return pauses_; }
  std::uint64_t highest_goal() const { return highest_goal_; }  // MiB
  std::uint64_t highest_heap() const { return highest_heap_; }  // MiB, when a collection began
  std::uint64_t highest_live() const { return highest_live_; }  // MiB
  // Of the CPU time that the program could have had in that many seconds since it started, 0 to 1.
  double collector_share(double seconds) const;
  double assist_share(double seconds) const;
  // The largest share that stretches of about a second had.
  double busiest_share() const { return busiest_share_; }

 private:
  void measure_stretch(const Collection& collection);

  static constexpr std::size_t most_kept = 4096;
  std::vector<Collection> kept_;
  std::uint64_t stride_ = 1;
  std::uint64_t count_ = 0;
  bool last_is_extra_ = false;  // kept though not of the stride
  LatencyHistogram pauses_;
  std::uint64_t highest_goal_ = 0;
  std::uint64_t highest_heap_ = 0;
  std::uint64_t highest_live_ = 0;
  double cpu_ = 0;     // milliseconds
  double assist_ = 0;  // milliseconds
  double stretch_start_ = 0;
  double stretch_cpu_ = 0;
  double busiest_share_ = 0;
};

}  // namespace whittle::running
