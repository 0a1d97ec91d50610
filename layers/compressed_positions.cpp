#include "layers/compressed_positions.hpp"

#include <algorithm>

namespace whittle::layers {

void CompressedPositions::add(std::uint64_t offset, std::uint64_t bits) {
  end_ = {offset, bits};
  const auto last = samples_.empty() ? 0 : samples_.back().offset;
  if (offset < last + step_) return;
  samples_.push_back(end_);
  if (samples_.size() < most_samples) return;
  std::size_t kept = 0;
  for (std::size_t i = 1; i < samples_.size(); i += 2) samples_[kept++] = samples_[i];
  samples_.resize(kept);
  step_ *= 2;
}

std::uint64_t CompressedPositions::at(std::uint64_t offset) const {
  if (offset >= end_.offset) return end_.bits / 8;
  const auto next = std::upper_bound(samples_.begin(), samples_.end(), offset,
                                     [](std::uint64_t wanted, const Sample& sample) { return wanted < sample.offset; });
  const Sample before = next == samples_.begin() ? Sample{0, begin_} : *std::prev(next);
  const Sample after = next == samples_.end() ? end_ : *next;
  // The quotient first, and its rest: the product of both lengths could overflow.
  const auto length = after.offset - before.offset;
  const auto bits = after.bits - before.bits;
  const auto into = offset - before.offset;
  const auto share = bits / length * into + bits % length * into / length;
  return (before.bits + share) / 8;
}

}  // namespace whittle::layers
