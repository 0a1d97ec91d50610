#include "comparison/entry_order.hpp"

#include <algorithm>

namespace whittle::comparison {

void EntryOrder::add(std::uint64_t a, std::uint64_t b) {
  ++count_;
  if (!runs_.empty() && runs_.back().a + runs_.back().length == a &&
      runs_.back().b + runs_.back().length == b)
    ++runs_.back().length;
  else
    runs_.push_back({a, b, 1});
}

std::uint64_t EntryOrder::displaced() const {
  auto runs = runs_;
  std::sort(runs.begin(), runs.end(), [](const Run& x, const Run& y) { return x.a < y.a; });
  std::uint64_t furthest = 0;
  std::uint64_t displaced = 0;
  for (const auto& run : runs) {
    if (run.b < furthest) displaced += run.length;
    furthest = std::max(furthest, run.b + run.length);
  }
  return displaced;
}

}  // namespace whittle::comparison
