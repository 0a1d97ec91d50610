// Numbers of versions, which may be of any length.
#pragma once

#include <compare>
#include <string_view>

namespace whittle::vulnerabilities {

// Both consist of digits, or of nothing, which is zero.
inline std::strong_ordering compare_numbers(std::string_view a, std::string_view b) {
  while (a.starts_with('0')) a.remove_prefix(1);
  while (b.starts_with('0')) b.remove_prefix(1);
  if (const auto order = a.size() <=> b.size(); order != 0) return order;
  return a.compare(b) <=> 0;
}

}  // namespace whittle::vulnerabilities
