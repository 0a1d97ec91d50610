#include "remote/wire.hpp"

#include "common/digest.hpp"

namespace whittle::remote {
namespace {

// Wire types (protobuf.dev/programming-guides/encoding).
constexpr std::uint32_t varint = 0;
constexpr std::uint32_t length_delimited = 2;

}  // namespace

void WireMessage::write_number(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U) bytes_ += static_cast<char>(value | 0x80U);
  bytes_ += static_cast<char>(value);
}

WireMessage& WireMessage::add(std::uint32_t number, std::uint64_t value) {
  if (value == 0) return *this;
  write_number(number << 3U | varint);
  write_number(value);
  return *this;
}

WireMessage& WireMessage::add(std::uint32_t number, std::string_view text) {
  return text.empty() ? *this : add_item(number, text);
}

WireMessage& WireMessage::add(std::uint32_t number, const WireMessage& message) {
  return add_item(number, message.bytes());
}

WireMessage& WireMessage::add_item(std::uint32_t number, std::string_view text) {
  write_number(number << 3U | length_delimited);
  write_number(text.size());
  bytes_ += text;
  return *this;
}

WireMessage message_of(const BlobId& blob) {
  return WireMessage().add(1, std::string_view(blob.hash)).add(2, blob.size);
}

BlobId id_of(std::string_view bytes) {
  return {std::string(Digest::of(bytes).hex()), bytes.size()};
}

}  // namespace whittle::remote
