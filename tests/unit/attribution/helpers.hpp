// What the tests of attribution/ share.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "attribution/node.hpp"
#include "layers/compressed_positions.hpp"

namespace whittle::test {

inline attribution::Size sum_of(const std::vector<attribution::Node>& nodes) {
  attribution::Size sum;
  for (const auto& node : nodes) sum += node.size;
  return sum;
}

// Children included.
inline std::size_t count_of(const std::vector<attribution::Node>& nodes) {
  std::size_t count = nodes.size();
  for (const auto& node : nodes) count += count_of(node.children);
  return count;
}

// At every level the parts are the whole.
inline void expect_sums(const std::vector<attribution::Node>& nodes) {
  for (const auto& node : nodes) {
    if (node.children.empty()) continue;
    const auto sum = sum_of(node.children);
    EXPECT_EQ(sum.raw, node.size.raw) << node.name;
    EXPECT_EQ(sum.compressed, node.size.compressed) << node.name;
    expect_sums(node.children);
  }
}

// Of a file of that size whose bytes all compress to a third.
inline layers::CompressedPositions even_positions(std::uint64_t size) {
  layers::CompressedPositions positions(0);
  for (std::uint64_t at = 1'000; at < size; at += 1'000) positions.add(at, at * 8 / 3);
  positions.add(size, size * 8 / 3);
  return positions;
}

inline const attribution::Node* find(const std::vector<attribution::Node>& nodes, std::string_view name) {
  for (const auto& node : nodes)
    if (node.name == name) return &node;
  return nullptr;
}

}  // namespace whittle::test
