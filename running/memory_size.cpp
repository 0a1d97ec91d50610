#include "running/memory_size.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::running {

std::uint64_t parse_memory(std::string_view text, std::string_view flag) {
  constexpr std::array<std::pair<std::string_view, double>, 8> units = {{{"KiB", 0x1p10},
                                                                         {"MiB", 0x1p20},
                                                                         {"GiB", 0x1p30},
                                                                         {"TiB", 0x1p40},
                                                                         {"kB", 1e3},
                                                                         {"MB", 1e6},
                                                                         {"GB", 1e9},
                                                                         {"", 1}}};
  for (const auto& [name, unit] : units) {
    if (!text.ends_with(name)) continue;
    auto number = text.substr(0, text.size() - name.size());
    while (number.ends_with(' ')) number.remove_suffix(1);
    double value = 0;
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), value);
    const bool whole = !number.empty() && parsed.ec == std::errc() && parsed.ptr == number.data() + number.size();
    if (!whole || !std::isfinite(value)) break;
    value *= unit;
    if (value < 0x1p20 || value > 0x1p50)
      throw Error(ErrorKind::usage, fmt::format("{} {} is not between 1 MiB and 1 PiB", flag, shown(text)));
    return static_cast<std::uint64_t>(value);
  }
  throw Error(ErrorKind::usage, fmt::format("{} {} is no size", flag, shown(text)))
      .hint("write a number of bytes, or of kB, MB, GB, KiB, MiB or GiB: 256MiB");
}

}  // namespace whittle::running
