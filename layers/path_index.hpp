// Entries of a tree in the byte order of their paths: found, walked, put in and taken out by path, in some
// ten bytes for each.
#pragma once

#include <cstddef>
#include <iterator>
#include <string_view>
#include <vector>

#include "layers/merged_entry.hpp"

namespace whittle::layers {

// Sorted blocks of pointers. Borrows the entries, and marks as hidden those that it no longer has. One thread
// while it changes, which invalidates iterators.
class PathIndex {
 public:
  class Iterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = MergedEntry;
    using difference_type = std::ptrdiff_t;
    using pointer = const MergedEntry*;
    using reference = const MergedEntry&;

    Iterator() = default;
    reference operator*() const { return *(*blocks_)[block_][at_]; }
    pointer operator->() const { return &**this; }
    Iterator& operator++() {
      if (++at_ == (*blocks_)[block_].size()) ++block_, at_ = 0;
      return *this;
    }
    Iterator operator++(int) {
      const auto before = *this;
      ++*this;
      return before;
    }
    Iterator& operator--() {
      if (at_ == 0) at_ = (*blocks_)[--block_].size();
      --at_;
      return *this;
    }
    Iterator operator--(int) {
      const auto before = *this;
      --*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return block_ == other.block_ && at_ == other.at_; }

   private:
    friend class PathIndex;
    using Blocks = std::vector<std::vector<MergedEntry*>>;
    Iterator(const Blocks& blocks, std::size_t block, std::size_t at)
        : blocks_(&blocks), block_(block), at_(at) {}

    const Blocks* blocks_ = nullptr;
    std::size_t block_ = 0;
    std::size_t at_ = 0;
  };
  using iterator = Iterator;
  using const_iterator = Iterator;
  using value_type = MergedEntry;

  Iterator begin() const { return {blocks_, 0, 0}; }
  Iterator end() const { return {blocks_, blocks_.size(), 0}; }
  auto rbegin() const { return std::reverse_iterator(end()); }
  auto rend() const { return std::reverse_iterator(begin()); }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // nullptr when there is none.
  const MergedEntry* find(std::string_view path) const;
  bool contains(std::string_view path) const { return find(path) != nullptr; }
  // The first whose path is not before that.
  Iterator lower_bound(std::string_view path) const;

  // Returns the one whose place it takes; nullptr when there was none of that path.
  const MergedEntry* put(MergedEntry& entry);
  // Returns the one behind it.
  Iterator erase(const Iterator& at);

 private:
  static constexpr std::size_t most_in_block = 512;

  std::size_t block_of(std::string_view path) const;
  std::size_t place_in(std::size_t block, std::string_view path) const;
  void insert(std::size_t block, std::size_t at, MergedEntry& entry);

  Iterator::Blocks blocks_ = {};  // none of them is empty
  std::size_t size_ = 0;
  std::size_t last_ = 0;  // the block that was put into: archives are mostly sorted
};

}  // namespace whittle::layers
