#include "common/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace whittle {

Character decode_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return {};
  std::uint32_t value = first & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3fU);
  }
  static constexpr std::array<std::uint32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
  if (value < smallest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {};
  return {value, length};
}

bool is_unsafe_character(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

std::string escaped(std::string_view bytes, bool keep_lines, std::size_t cut) {
  const bool shortened = bytes.size() > cut;
  std::size_t end = shortened ? cut : bytes.size();
  // Cut between characters, not inside one; a character has at most three bytes after its first.
  for (int i = 0; i < 3 && shortened && end > 0 && (static_cast<unsigned char>(bytes[end]) & 0xc0) == 0x80;
       ++i)
    --end;
  bytes = bytes.substr(0, end);
  std::string result;
  result.reserve(bytes.size());
  while (!bytes.empty()) {
    const auto c = decode_character(bytes);
    const std::size_t length = std::max<std::size_t>(c.length, 1);
    if (c.length == 0) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes[0]));
    } else if (keep_lines && (c.value == '\n' || c.value == '\t')) {
      result += bytes[0];
    } else if (is_unsafe_character(c.value)) {
      if (c.value == '\n')
        result += "\\n";
      else if (c.value == '\t')
        result += "\\t";
      else if (c.value < 0x80)
        result += fmt::format("\\x{:02x}", c.value);
      else
        result += fmt::format("\\u{:04x}", c.value);
    } else {
      result += bytes.substr(0, length);
    }
    bytes.remove_prefix(length);
  }
  if (shortened) result += "…";
  return result;
}

std::string shown(std::string_view bytes) {
  return '"' + escaped(bytes) + '"';
}

std::string as_utf8(std::string_view bytes) {
  std::string result;
  while (!bytes.empty()) {
    const auto c = decode_character(bytes);
    if (c.length == 0)
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes[0]));
    else
      result += bytes.substr(0, c.length);
    bytes.remove_prefix(std::max<std::size_t>(c.length, 1));
  }
  return result;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto c = decode_character(text);
    if (c.length == 0) return false;
    text.remove_prefix(c.length);
  }
  return true;
}

std::optional<std::string> nearest(std::string_view text, std::span<const std::string_view> candidates) {
  if (text.size() > 64) return std::nullopt;
  const auto distance = [&](std::string_view other) {
    std::vector<std::size_t> row(other.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 0; i < text.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i + 1;
      for (std::size_t j = 0; j < other.size(); ++j) {
        const bool same = (text[i] | 0x20) == (other[j] | 0x20);
        const std::size_t substitute = diagonal + (same ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = std::min({substitute, diagonal + 1, row[j] + 1});
      }
    }
    return row.back();
  };
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(2, text.size() / 3) + 1;
  for (const auto candidate : candidates) {
    const auto d = distance(candidate);
    if (d < best_distance) {
      best_distance = d;
      best = std::string(candidate);
    }
  }
  return best;
}

std::string plural(std::uint64_t count, std::string_view thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::string human_size(std::uint64_t bytes) {
  static constexpr std::array<std::string_view, 5> units = {"B", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

}  // namespace whittle
