#include "registry/body_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/error.hpp"

namespace whittle::registry {

void BodyReader::rewind() {
  source_ = body_.open();
  position_ = 0;
  if (body_.size == 0) expect_end();
}

std::size_t BodyReader::read(MutableBytes buffer) {
  const auto left = std::min<std::uint64_t>(buffer.size(), body_.size - position_);
  if (left == 0) return 0;
  const auto count = source_->read(buffer.first(static_cast<std::size_t>(left)));
  if (count == 0)
    throw Error(ErrorKind::integrity,
                fmt::format("what is sent ends after {} of {} bytes", position_, body_.size));
  position_ += count;
  if (position_ == body_.size) expect_end();
  return count;
}

void BodyReader::expect_end() {
  std::array<std::byte, 1> more{};
  if (source_->read(more) != 0)
    throw Error(ErrorKind::integrity, fmt::format("what is sent is longer than {} bytes", body_.size));
}

}  // namespace whittle::registry
