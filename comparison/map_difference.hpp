// Two maps from names to texts, name by name: annotations, labels, attributes, packages, modules, ….
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "comparison/finding.hpp"

namespace whittle::comparison {

// One finding of that aspect for each name that only one has, or whose texts differ; it lies below `where`,
// in the step `prefix` + name. `Map` is a std::map of strings, whatever compares its keys.
template <class Map>
void compare_maps(const Map& a, const Map& b, std::string_view aspect, const Where& where, Findings& findings,
                  std::string_view prefix = {}) {
  const auto add = [&](const std::string& name, std::optional<std::string> in_a,
                       std::optional<std::string> in_b) {
    findings.add(
        {below(where, std::string(prefix) + name), std::string(aspect), std::move(in_a), std::move(in_b)});
  };
  auto left = a.begin();
  auto right = b.begin();
  while (left != a.end() || right != b.end()) {
    if (right == b.end() || (left != a.end() && left->first < right->first)) {
      add(left->first, left->second, std::nullopt);
      ++left;
    } else if (left == a.end() || right->first < left->first) {
      add(right->first, std::nullopt, right->second);
      ++right;
    } else {
      if (left->second != right->second) add(left->first, left->second, right->second);
      ++left;
      ++right;
    }
  }
}

}  // namespace whittle::comparison
