#include "running/sparkline.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace whittle::running {
namespace {

constexpr std::array<std::string_view, 8> blocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, 8> letters = {"_", ".", ":", "-", "=", "+", "*", "#"};

}  // namespace

std::string sparkline(const std::vector<double>& values, double top, std::size_t width, bool unicode) {
  if (values.empty() || width == 0) return {};
  if (top <= 0) top = *std::max_element(values.begin(), values.end());
  const auto columns = std::min(width, values.size());
  std::string line;
  for (std::size_t i = 0; i < columns; ++i) {
    const auto from = values.begin() + static_cast<std::ptrdiff_t>(i * values.size() / columns);
    const auto to = values.begin() + static_cast<std::ptrdiff_t>((i + 1) * values.size() / columns);
    const auto share = top > 0 ? std::clamp(*std::max_element(from, to) / top, 0.0, 1.0) : 0;
    const auto level = std::min<std::size_t>(static_cast<std::size_t>(share * 8), 7);
    line += unicode ? blocks[level] : letters[level];
  }
  return line;
}

}  // namespace whittle::running
