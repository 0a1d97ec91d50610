#include "running/latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace whittle::running {

// Below 2^precision each microsecond has a bucket; above, each power of two is cut into `half` of them.
std::size_t LatencyHistogram::bucket_of(std::uint64_t microseconds) {
  const auto bits = static_cast<unsigned>(std::bit_width(microseconds));
  const unsigned shift = bits > precision ? bits - precision : 0;
  const auto bucket = shift * half + static_cast<std::size_t>(microseconds >> shift);
  return std::min(bucket, half * (exponents + 1) - 1);
}

std::uint64_t LatencyHistogram::upper_end(std::size_t bucket) {
  if (bucket < 2 * half) return bucket;
  const auto shift = bucket / half - 1;
  return ((static_cast<std::uint64_t>(bucket - shift * half) + 1) << shift) - 1;
}

void LatencyHistogram::add(std::chrono::nanoseconds latency) {
  latency = std::max(latency, std::chrono::nanoseconds(0));
  ++buckets_[bucket_of(static_cast<std::uint64_t>(latency.count()) / 1000)];
  ++count_;
  sum_ += latency;
  longest_ = std::max(longest_, latency);
}

void LatencyHistogram::add(const LatencyHistogram& other) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  longest_ = std::max(longest_, other.longest_);
}

std::chrono::nanoseconds LatencyHistogram::at(double share) const {
  if (count_ == 0) return std::chrono::nanoseconds(0);
  const auto wanted = std::max(1.0, std::ceil(share * static_cast<double>(count_)));
  double seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += static_cast<double>(buckets_[i]);
    if (seen >= wanted) return std::min(longest_, std::chrono::nanoseconds((upper_end(i) + 1) * 1000));
  }
  return longest_;
}

}  // namespace whittle::running
