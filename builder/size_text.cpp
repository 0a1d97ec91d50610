#include "builder/size_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace whittle::builder {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<Unit, 8> units = {{{"", 1},
                                        {"B", 1},
                                        {"kB", 1'000},
                                        {"MB", 1'000'000},
                                        {"GB", 1'000'000'000},
                                        {"KiB", 1U << 10U},
                                        {"MiB", 1U << 20U},
                                        {"GiB", 1U << 30U}}};
constexpr std::size_t most_decimals = 3;
constexpr std::uint64_t largest_size = std::uint64_t{1} << 50U;  // more than any registry takes

// Digits at the front of `text`, which are taken away; nothing when there are none, or too many.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
  return number;
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto whole = take_number(text);
  if (!whole) return std::nullopt;
  std::uint64_t part = 0;
  std::uint64_t scale = 1;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const auto digits = text.size();
    const auto decimals = take_number(text);
    if (!decimals || digits - text.size() > most_decimals) return std::nullopt;
    part = *decimals;
    for (auto i = text.size(); i < digits; ++i) scale *= 10;
  }
  if (text.starts_with(' ')) text.remove_prefix(1);
  const auto unit =
      std::find_if(units.begin(), units.end(), [&](const Unit& one) { return one.name == text; });
  if (unit == units.end() || *whole > largest_size / unit->bytes) return std::nullopt;
  return *whole * unit->bytes + part * unit->bytes / scale;
}

}  // namespace whittle::builder
