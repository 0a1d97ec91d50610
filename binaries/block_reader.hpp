// Many small reads by position, served from the block that was read last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "binaries/random_access.hpp"

namespace whittle::binaries {

// Borrows the file. One thread per instance.
class BlockReader {
 public:
  static constexpr std::size_t block_size = 64U << 10U;

  explicit BlockReader(const RandomAccess& file) : file_(&file) {}

  // At most block_size bytes, or fewer at the end of the file. Valid until the next call.
  std::string_view at(std::uint64_t offset, std::size_t count);
  // The text from `offset` to the next NUL, at most `longest` bytes of it. Valid until the next call.
  std::string_view text_at(std::uint64_t offset, std::size_t longest);

 private:
  const RandomAccess* file_;
  std::uint64_t begin_ = 0;
  std::string block_;
};

}  // namespace whittle::binaries
