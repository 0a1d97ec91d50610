#include "layers/path_index.hpp"

#include <algorithm>
#include <utility>

namespace whittle::layers {

// The last that begins with no later path; the first when all do.
std::size_t PathIndex::block_of(std::string_view path) const {
  const auto is_before = [&](const auto& block) { return block.front()->path() <= path; };
  if (last_ < blocks_.size() && is_before(blocks_[last_]) &&
      (last_ + 1 == blocks_.size() || !is_before(blocks_[last_ + 1])))
    return last_;
  const auto behind = std::partition_point(blocks_.begin(), blocks_.end(), is_before);
  return behind == blocks_.begin() ? 0 : static_cast<std::size_t>(behind - blocks_.begin()) - 1;
}

std::size_t PathIndex::place_in(std::size_t block, std::string_view path) const {
  const auto& entries = blocks_[block];
  const auto at = std::partition_point(entries.begin(), entries.end(),
                                       [&](const auto* entry) { return entry->path() < path; });
  return static_cast<std::size_t>(at - entries.begin());
}

const MergedEntry* PathIndex::find(std::string_view path) const {
  if (blocks_.empty()) return nullptr;
  const auto block = block_of(path);
  const auto at = place_in(block, path);
  const auto& entries = blocks_[block];
  return at < entries.size() && entries[at]->path() == path ? entries[at] : nullptr;
}

PathIndex::Iterator PathIndex::lower_bound(std::string_view path) const {
  if (blocks_.empty()) return end();
  const auto block = block_of(path);
  const auto at = place_in(block, path);
  return at < blocks_[block].size() ? Iterator(blocks_, block, at) : Iterator(blocks_, block + 1, 0);
}

const MergedEntry* PathIndex::put(MergedEntry& entry) {
  if (blocks_.empty()) {
    blocks_.push_back({&entry});
    size_ = 1;
    return nullptr;
  }
  const auto path = entry.path();
  const auto block = block_of(path);
  const auto at = place_in(block, path);
  if (at < blocks_[block].size() && blocks_[block][at]->path() == path) {
    last_ = block;
    auto* old = std::exchange(blocks_[block][at], &entry);
    old->is_hidden_ = true;
    return old;
  }
  insert(block, at, entry);
  ++size_;
  return nullptr;
}

// A full block is divided, unless the entry comes at one of its ends: then, as with all that is sorted, a new
// one begins, if the next has no room either.
void PathIndex::insert(std::size_t block, std::size_t at, MergedEntry& entry) {
  const auto place = [this](std::size_t index) {
    return blocks_.begin() + static_cast<std::ptrdiff_t>(index);
  };
  if (blocks_[block].size() == most_in_block) {
    if (at == most_in_block) {
      ++block;
      if (block == blocks_.size() || blocks_[block].size() == most_in_block) blocks_.emplace(place(block));
      at = 0;
    } else if (at == 0) {
      blocks_.emplace(place(block));
    } else {
      auto& full = blocks_[block];
      const auto middle = full.begin() + most_in_block / 2;
      std::vector<MergedEntry*> second(middle, full.end());
      full.erase(middle, full.end());
      blocks_.insert(place(block + 1), std::move(second));
      if (at > most_in_block / 2) {
        ++block;
        at -= most_in_block / 2;
      }
    }
  }
  auto& entries = blocks_[block];
  entries.insert(entries.begin() + static_cast<std::ptrdiff_t>(at), &entry);
  last_ = block;
}

PathIndex::Iterator PathIndex::erase(const Iterator& at) {
  auto& entries = blocks_[at.block_];
  entries[at.at_]->is_hidden_ = true;
  entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(at.at_));
  --size_;
  if (at.at_ < entries.size()) return at;
  if (!entries.empty()) return {blocks_, at.block_ + 1, 0};
  blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(at.block_));
  return {blocks_, at.block_, 0};
}

}  // namespace whittle::layers
