// CRC-64 of ISO 3309, as zstd:chunked has it of each file: it tells damaged from whole, not true from forged.
#pragma once

#include <array>
#include <cstdint>

#include "common/bytes.hpp"

namespace whittle::layers {

inline constexpr auto crc64_table = [] {
  constexpr std::uint64_t polynomial =
      0xd800000000000000;  // x^64 + x^4 + x^3 + x + 1, the lowest power first
  std::array<std::uint64_t, 256> table = {};
  for (std::uint64_t i = 0; i < table.size(); ++i) {
    table[i] = i;
    for (int bit = 0; bit < 8; ++bit)
      table[i] = (table[i] & 1U) != 0 ? table[i] >> 1U ^ polynomial : table[i] >> 1U;
  }
  return table;
}();

class Crc64 {
 public:
  void add(Bytes bytes) {
    for (const std::byte byte : bytes)
      value_ =
          crc64_table[static_cast<std::uint8_t>(value_) ^ static_cast<std::uint8_t>(byte)] ^ value_ >> 8U;
  }
  std::uint64_t value() const { return ~value_; }

 private:
  std::uint64_t value_ = ~std::uint64_t(0);
};

}  // namespace whittle::layers
