// The fields of one message in the wire format of protocol buffers
// (protobuf.dev/programming-guides/encoding).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace whittle::builder {

// Steps through the fields in the order of the message. Borrows the message and `what`, which names it in
// messages. Every method throws Error(integrity) for bytes that are no such message, or a field of another
// type. Groups, which no message has that is read here, are refused.
class ProtobufFields {
 public:
  ProtobufFields(std::string_view message, const std::string& what) : rest_(message), what_(what) {}

  // Goes to the next field; false at the end.
  bool next();
  std::uint32_t number() const { return number_; }
  std::uint64_t value() const;     // of a number
  std::string_view bytes() const;  // of a text or a message

  // The numbers of a repeated field, packed or one by itself.
  template <class Visit>
  void for_each_number(const Visit& visit) const {
    if (type_ != length_delimited) return visit(value());
    for (auto rest = bytes_; !rest.empty();) visit(take_varint(rest));
  }

 private:
  static constexpr std::uint32_t varint = 0, eight_bytes = 1, length_delimited = 2, four_bytes = 5;
  [[noreturn]] void refuse() const;
  std::uint64_t take_varint(std::string_view& from) const;
  std::string_view take_bytes(std::uint64_t size);

  std::string_view rest_;
  const std::string& what_;
  std::uint32_t number_ = 0;
  std::uint32_t type_ = varint;
  std::uint64_t value_ = 0;
  std::string_view bytes_ = {};
};

}  // namespace whittle::builder
