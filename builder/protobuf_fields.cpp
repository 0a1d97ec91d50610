#include "builder/protobuf_fields.hpp"

#include <fmt/format.h>

#include "common/error.hpp"

namespace whittle::builder {

bool ProtobufFields::next() {
  if (rest_.empty()) return false;
  const auto tag = take_varint(rest_);
  constexpr std::uint64_t most_fields = (1ULL << 29U) - 1;
  if (tag >> 3U == 0 || tag >> 3U > most_fields) refuse();
  number_ = static_cast<std::uint32_t>(tag >> 3U);
  type_ = static_cast<std::uint32_t>(tag & 7U);
  switch (type_) {
    case varint:
      value_ = take_varint(rest_);
      return true;
    case length_delimited:
      bytes_ = take_bytes(take_varint(rest_));
      return true;
    case eight_bytes:
      take_bytes(8);
      return true;
    case four_bytes:
      take_bytes(4);
      return true;
    default:
      refuse();
  }
}

std::uint64_t ProtobufFields::value() const {
  if (type_ != varint) refuse();
  return value_;
}

std::string_view ProtobufFields::bytes() const {
  if (type_ != length_delimited) refuse();
  return bytes_;
}

// Seven bits a byte, the lowest first; the tenth byte has one bit left.
std::uint64_t ProtobufFields::take_varint(std::string_view& from) const {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !from.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(from.front());
    from.remove_prefix(1);
    if (shift == 63 && byte > 1) refuse();
    value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if (byte < 0x80) return value;
  }
  refuse();
}

std::string_view ProtobufFields::take_bytes(std::uint64_t size) {
  if (size > rest_.size()) refuse();
  const auto bytes = rest_.substr(0, static_cast<std::size_t>(size));
  rest_.remove_prefix(bytes.size());
  return bytes;
}

void ProtobufFields::refuse() const {
  throw Error(ErrorKind::integrity,
              fmt::format("{} is cut or broken: it is no message of protocol buffers", what_));
}

}  // namespace whittle::builder
