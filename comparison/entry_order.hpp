// Whether the entries that two archives share stand in one order, in a few bytes however many there are.
#pragma once

#include <cstdint>
#include <vector>

namespace whittle::comparison {

// Pairs of positions arrive in any order; runs that go in step are kept as one.
class EntryOrder {
 public:
  void add(std::uint64_t a, std::uint64_t b);
  // The number of entries that others which come later in A precede in B.
  std::uint64_t displaced() const;
  std::uint64_t count() const { return count_; }

 private:
  struct Run {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    std::uint64_t length = 0;
  };
  std::vector<Run> runs_;
  std::uint64_t count_ = 0;
};

}  // namespace whittle::comparison
