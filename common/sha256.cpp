#include "common/sha256.hpp"

#include "common/error.hpp"

namespace whittle {
namespace {

constexpr unsigned char no_digit = 0xff;

constexpr std::array<unsigned char, 256> digit_values() {
  std::array<unsigned char, 256> values{};
  values.fill(no_digit);
  for (unsigned char i = 0; i < 16; ++i) values[static_cast<unsigned char>("0123456789abcdef"[i])] = i;
  return values;
}

}  // namespace

Sha256 to_sha256(const Digest& digest) {
  const auto value = sha256_from_hex(digest.hex());
  if (!value) throw Error(ErrorKind::internal, "a digest of another algorithm than sha256: " + digest.text());
  return *value;
}

Digest to_digest(const Sha256& value) {
  return Digest::parse("sha256:" + to_hex(value));
}

std::string to_hex(const Sha256& value) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const auto byte : value) {
    text.push_back(digits[std::to_integer<unsigned>(byte) >> 4]);
    text.push_back(digits[std::to_integer<unsigned>(byte) & 15]);
  }
  return text;
}

std::optional<Sha256> sha256_from_hex(std::string_view text) {
  static constexpr auto values = digit_values();
  Sha256 value;
  if (text.size() != 2 * value.size()) return std::nullopt;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto high = values[static_cast<unsigned char>(text[2 * i])];
    const auto low = values[static_cast<unsigned char>(text[2 * i + 1])];
    if ((high | low) == no_digit) return std::nullopt;
    value[i] = static_cast<std::byte>(high << 4 | low);
  }
  return value;
}

}  // namespace whittle
