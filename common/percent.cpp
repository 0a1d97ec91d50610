#include "common/percent.hpp"

#include <fmt/format.h>

#include "common/ascii.hpp"

namespace whittle {

std::string percent_encoded(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~')
      result += c;
    else
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    const auto digits = text.substr(i + 1, 2);
    const auto value = digits.size() == 2 ? whole_number<unsigned>(digits, 16) : std::nullopt;
    if (!value) return std::nullopt;
    result += static_cast<char>(*value);
    i += 2;
  }
  return result;
}

}  // namespace whittle
