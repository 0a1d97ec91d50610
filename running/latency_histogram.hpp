// How long requests took, in buckets whose width grows with the time: memory does not depend on how many
// there are.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace whittle::running {

// A value. From a microsecond to 19 hours, each bucket at most 1/64 as wide as what it holds is large.
class LatencyHistogram {
 public:
  void add(std::chrono::nanoseconds latency);
  void add(const LatencyHistogram& other);
  std::uint64_t count() const { return count_; }
  // The latency that `share` (0 to 1) of the requests did not exceed, but for the width of a bucket; 0 when
  // there are none.
  std::chrono::nanoseconds at(double share) const;
  std::chrono::nanoseconds longest() const { return longest_; }
  std::chrono::nanoseconds sum() const { return sum_; }

 private:
  static constexpr unsigned precision = 7;  // 64 to 127 of the leading bits
  static constexpr std::size_t half = std::size_t{1} << (precision - 1);
  static constexpr std::size_t exponents = 30;
  static std::size_t bucket_of(std::uint64_t microseconds);
  static std::uint64_t upper_end(std::size_t bucket);

  std::array<std::uint64_t, half*(exponents + 1)> buckets_{};
  std::uint64_t count_ = 0;
  std::chrono::nanoseconds longest_{0};
  std::chrono::nanoseconds sum_{0};
};

}  // namespace whittle::running
