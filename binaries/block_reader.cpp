#include "binaries/block_reader.hpp"

#include <algorithm>

namespace whittle::binaries {

std::string_view BlockReader::at(std::uint64_t offset, std::size_t count) {
  count = std::min(count, block_size);
  if (offset >= file_->size()) return {};
  count = static_cast<std::size_t>(std::min<std::uint64_t>(count, file_->size() - offset));
  if (offset < begin_ || offset - begin_ > block_.size() || count > block_.size() - (offset - begin_)) {
    block_ = file_->read(offset, block_size);
    begin_ = offset;
  }
  return std::string_view(block_).substr(static_cast<std::size_t>(offset - begin_), count);
}

std::string_view BlockReader::text_at(std::uint64_t offset, std::size_t longest) {
  const auto bytes = at(offset, longest);
  return bytes.substr(0, bytes.find('\0'));
}

}  // namespace whittle::binaries
