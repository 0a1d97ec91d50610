// Many short texts that stay as long as their store does, in little more room than their bytes: a std::string
// takes 32 bytes more for each.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace whittle::layers {

// One thread while it grows. What it gave out stays valid when it is moved.
class TextStore {
 public:
  // A text in a store, as wide as a pointer. By default the empty one, of no store. A value.
  class Text {
   public:
    std::string_view view() const {
      if (at_ == nullptr) return {};
      std::size_t size = 0;
      const char* at = at_;
      for (unsigned shift = 0;; shift += 7U) {
        const auto digit = static_cast<unsigned char>(*at++);
        size |= static_cast<std::size_t>(digit & 0x7fU) << shift;
        if (digit < 0x80U) return {at, size};
      }
    }

   private:
    friend class TextStore;
    const char* at_ = nullptr;  // the size, seven bits to a byte, the lowest first; then the bytes
  };

  TextStore() = default;
  TextStore(TextStore&&) = default;
  TextStore& operator=(TextStore&&) = default;
  TextStore(const TextStore&) = delete;
  TextStore& operator=(const TextStore&) = delete;
  ~TextStore() = default;

  Text keep(std::string_view text) {
    Text kept;
    if (text.empty()) return kept;
    constexpr std::size_t most_digits = 10;
    const auto most = text.size() + most_digits;
    if (chunks_.empty() || chunks_.back().capacity() - chunks_.back().size() < most) {
      chunks_.emplace_back();
      chunks_.back().reserve(std::max(chunk_size, most));
    }
    auto& chunk = chunks_.back();
    kept.at_ = chunk.data() + chunk.size();
    auto size = text.size();
    for (; size >= 0x80U; size >>= 7U) chunk.push_back(static_cast<char>((size & 0x7fU) | 0x80U));
    chunk.push_back(static_cast<char>(size));
    chunk += text;
    bytes_ += text.size();
    return kept;
  }
  // Of all texts.
  std::uint64_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t chunk_size = 64U << 10U;
  std::deque<std::string> chunks_ = {};
  std::uint64_t bytes_ = 0;
};

}  // namespace whittle::layers
