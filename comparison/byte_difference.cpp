#include "comparison/byte_difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace whittle::comparison {

void ByteDifference::add(Bytes a, Bytes b) {
  const auto both = std::min(a.size(), b.size());
  if (a.size() != b.size() || std::memcmp(a.data(), b.data(), both) != 0) {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < both; ++i) count += a[i] != b[i] ? 1U : 0U;
    if (!first) {
      const auto at =
          std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(both), b.begin()).first;
      first = size_a + static_cast<std::uint64_t>(at - a.begin());
    }
    differing += count;
  }
  size_a += a.size();
  size_b += b.size();
}

std::string ByteDifference::text() const {
  if (!first) return "equal";
  const auto shorter = std::min(size_a, size_b);
  if (*first == shorter && differing == 0)
    return fmt::format("one is the beginning of the other, {} bytes", shorter);
  if (size_a != size_b) return fmt::format("the first difference is at byte {}", *first);
  return fmt::format("the first difference is at byte {} of {}; differing: {}", *first, size_a,
                     differing == 1 ? "1 byte" : fmt::format("{} bytes", differing));
}

ByteDifference compare_bytes(const binaries::RandomAccess& a, const binaries::RandomAccess& b) {
  ByteDifference difference;
  std::vector<std::byte> left(stream_buffer_size);
  std::vector<std::byte> right(stream_buffer_size);
  for (std::uint64_t at = 0;; at += left.size()) {
    const auto from_a = a.read_at(at, left);
    const auto from_b = b.read_at(at, right);
    difference.add(Bytes(left).first(from_a), Bytes(right).first(from_b));
    if (from_a < left.size() && from_b < right.size()) return difference;
  }
}

}  // namespace whittle::comparison
