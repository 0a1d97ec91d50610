#include "binaries/go_counter_table.hpp"

#include "common/error.hpp"

namespace whittle::binaries {

std::uint8_t GoCounterTable::byte() {
  const auto bytes = at_ < end_ ? reader_.at(at_, 1) : std::string_view();
  if (bytes.empty())
    throw Error(ErrorKind::integrity, "Go's function table is broken: a table of code positions has no end");
  ++at_;
  return static_cast<std::uint8_t>(bytes[0]);
}

// Seven bits a byte, the lowest first. The runtime takes what does not fit modulo 2^32.
std::uint32_t GoCounterTable::number() {
  constexpr unsigned longest = 5;
  std::uint32_t value = 0;
  for (unsigned i = 0; i < longest; ++i) {
    const auto next = byte();
    value |= static_cast<std::uint32_t>(next & 0x7fU) << (7 * i);
    if ((next & 0x80U) == 0) return value;
  }
  throw Error(ErrorKind::integrity, "Go's function table is broken: a number has more than 32 bits");
}

bool GoCounterTable::next() {
  const auto change = number();
  if (change == 0 && !is_first_) return false;
  is_first_ = false;
  const auto sign = static_cast<std::uint32_t>(0) - (change & 1U);
  value_ = static_cast<std::int32_t>(static_cast<std::uint32_t>(value_) + (sign ^ (change >> 1U)));
  until_ += number() * quantum_;
  return true;
}

}  // namespace whittle::binaries
