// Divides a stretch of a file among whatever claims parts of it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>

namespace whittle::binaries {

// Takes claims in the order of where they begin, and passes each on clipped to what is left, so that every
// byte of [begin, end) is passed on once; what nobody claims goes to `gap`. Offsets and sizes in bytes of the
// file.
class Cover {
 public:
  using Take = std::function<void(std::uint64_t offset, std::uint64_t size)>;
  Cover(std::uint64_t begin, std::uint64_t end, Take gap) : at_(begin), end_(end), gap_(std::move(gap)) {}

  template <typename Claim>
  void add(std::uint64_t offset, std::uint64_t size, const Claim& take) {
    const auto end = offset > end_ || size > end_ - offset ? end_ : offset + size;
    if (end <= at_) return;
    fill(offset);
    const auto begin = at_;
    at_ = end;
    if (end > begin) take(begin, end - begin);
  }
  // Up to there nobody claims anything more.
  void fill(std::uint64_t to) {
    to = std::min(to, end_);
    if (to <= at_) return;
    gap_(at_, to - at_);
    at_ = to;
  }
  void finish() { fill(end_); }

 private:
  std::uint64_t at_;
  std::uint64_t end_;
  Take gap_;
};

}  // namespace whittle::binaries
