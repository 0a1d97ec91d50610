// How the bytes of one stretch of a decoded stream share the compressed bytes that they came from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace whittle::layers {

// Known at samples, in proportion between them. One thread. Keeps at most 16 bytes × most_samples: when there
// are more, every second goes and those to come must lie twice as far apart.
class CompressedPositions {
 public:
  static constexpr std::size_t most_samples = 512U << 10U;

  // The stretch begins where the decoder has consumed `bits` (Decoder::consumed_bits).
  explicit CompressedPositions(std::uint64_t bits) : begin_(bits), end_{0, bits} {}

  // After each read: what was given out of the stretch so far, and what the decoder has consumed. Neither goes
  // back.
  void add(std::uint64_t offset, std::uint64_t bits);

  // Whole bytes of the blob before the one that stands at `offset` of the stretch, counted from the blob's
  // start: rounded down, so the differences of any sequence of offsets add up without a rest.
  std::uint64_t at(std::uint64_t offset) const;

 private:
  struct Sample {
    std::uint64_t offset = 0;
    std::uint64_t bits = 0;
  };
  std::uint64_t begin_;
  Sample end_;
  std::uint64_t step_ = 512;  // bytes between samples, at least
  std::vector<Sample> samples_ = {};
};

}  // namespace whittle::layers
