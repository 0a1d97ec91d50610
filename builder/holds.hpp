// Whether a fixed list of names has one.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace whittle::builder {

template <std::size_t count>
bool holds(const std::array<std::string_view, count>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace whittle::builder
