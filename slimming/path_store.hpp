// Keeps many paths that stay as long as it does: a string of its own for each would take twice the room.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace whittle::slimming {

// One thread. What it gave out stays valid when it is moved.
class PathStore {
 public:
  PathStore() = default;
  PathStore(PathStore&&) = default;
  PathStore& operator=(PathStore&&) = default;
  PathStore(const PathStore&) = delete;
  PathStore& operator=(const PathStore&) = delete;
  ~PathStore() = default;

  std::string_view keep(std::string_view path) {
    if (chunks_.empty() || chunks_.back().capacity() - chunks_.back().size() < path.size()) {
      chunks_.emplace_back();
      chunks_.back().reserve(std::max(chunk_size, path.size()));
    }
    auto& chunk = chunks_.back();
    const auto begin = chunk.size();
    chunk += path;
    return std::string_view(chunk).substr(begin);
  }

 private:
  static constexpr std::size_t chunk_size = 64U << 10U;
  std::deque<std::string> chunks_ = {};
};

}  // namespace whittle::slimming
