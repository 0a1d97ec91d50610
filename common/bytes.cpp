#include "common/bytes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "common/error.hpp"

namespace whittle {

std::size_t TextSource::read(MutableBytes buffer) {
  const std::size_t count = std::min(buffer.size(), text_.size() - position_);
  std::memcpy(buffer.data(), text_.data() + position_, count);
  position_ += count;
  return count;
}

void TextSink::write(Bytes bytes) {
  if (bytes.size() > limit_ - text_.size())
    throw Error(ErrorKind::limit, fmt::format("{} is larger than the limit of {} bytes", what_, limit_));
  text_.append(as_text(bytes));
}

std::uint64_t pump(ByteSource& source, ByteSink& sink) {
  const StreamBuffer buffer;
  std::uint64_t total = 0;
  while (const std::size_t count = source.read(buffer.bytes())) {
    sink.write(buffer.bytes().first(count));
    total += count;
  }
  return total;
}

std::string read_all(ByteSource& source, std::size_t limit, std::string what) {
  TextSink sink(limit, std::move(what));
  pump(source, sink);
  return sink.take();
}

}  // namespace whittle
