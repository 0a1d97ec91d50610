#include "layers/chunk_sink.hpp"

#include <algorithm>
#include <utility>

namespace whittle::layers {

void ChunkSink::begin_file(std::uint64_t size) {
  several_ = size > chunk_size_;
  filled_ = 0;
}

void ChunkSink::write(Bytes bytes) {
  while (!bytes.empty()) {
    if (filled_ == 0) {
      chunks_.push_back({compressor_.mark()});
      if (several_) hasher_.emplace();
    }
    const Bytes part = bytes.first(std::min<std::uint64_t>(bytes.size(), chunk_size_ - filled_));
    tar_.write(part);
    if (hasher_) hasher_->write(part);
    filled_ += part.size();
    bytes = bytes.subspan(part.size());
    if (filled_ == chunk_size_) end_chunk();
  }
}

void ChunkSink::end_file() {
  if (filled_ > 0) end_chunk();
}

void ChunkSink::end_chunk() {
  if (hasher_) chunks_.back().digest = hasher_->finish();
  hasher_.reset();
  filled_ = 0;
}

std::vector<FileChunk> ChunkSink::take_chunks() {
  for (auto& chunk : chunks_) chunk.offset = compressor_.marks().at(chunk.offset);
  return std::move(chunks_);
}

}  // namespace whittle::layers
