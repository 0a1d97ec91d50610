// Contents of an image by the entries that brought them, and entries by themselves: sets and tables that take
// next to no room for each.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "layers/merged_tree.hpp"

namespace whittle::slimming {

// A value for each content; what was never asked for is Value(). One thread while it grows.
template <typename Value, typename Values = std::deque<Value>>
class OriginTable {
 public:
  using Origin = layers::MergedEntry::Origin;

  typename Values::reference operator[](const Origin& origin) {
    if (layers_.size() <= origin.layer) layers_.resize(origin.layer + 1);
    auto& layer = layers_[origin.layer];
    const auto number = static_cast<std::size_t>(origin.number);
    if (layer.size() <= number) layer.resize(number + 1);
    return layer[number];
  }
  Value find(const Origin& origin) const {
    const auto number = static_cast<std::size_t>(origin.number);
    const bool is_known = origin.layer < layers_.size() && number < layers_[origin.layer].size();
    return is_known ? layers_[origin.layer][number] : Value();
  }

 private:
  std::deque<Values> layers_ = {};
};

class OriginSet {
 public:
  // Whether it was not there before.
  bool insert(const layers::MergedEntry::Origin& origin) {
    auto is_there = bits_[origin];
    const bool is_new = !is_there;
    is_there = true;
    return is_new;
  }
  bool contains(const layers::MergedEntry::Origin& origin) const { return bits_.find(origin); }

 private:
  OriginTable<bool, std::vector<bool>> bits_ = {};
};

}  // namespace whittle::slimming
