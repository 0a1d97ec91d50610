#include "attribution/stream_hasher.hpp"

#include <algorithm>
#include <cstring>

namespace whittle::attribution {

StreamHasher::StreamHasher(const ContentKey& key) : stretch_(key), thread_([this] { work(); }) {}

StreamHasher::~StreamHasher() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

StreamHasher::Block& StreamHasher::current() {
  auto& block = ring_[written_ % block_count];
  if (has_block_) return block;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return written_ - hashed_ < block_count; });
  has_block_ = true;
  block.size = 0;
  block.marks.clear();
  return block;
}

void StreamHasher::hand_over() {
  if (!has_block_) return;
  has_block_ = false;
  {
    const std::lock_guard lock(mutex_);
    ++written_;
  }
  changed_.notify_all();
}

void StreamHasher::write(Bytes bytes) {
  while (!bytes.empty()) {
    auto& block = current();
    const auto room = block.memory.bytes().subspan(block.size);
    const auto count = std::min(bytes.size(), room.size());
    std::memcpy(room.data(), bytes.data(), count);
    block.size += count;
    bytes = bytes.subspan(count);
    if (count == room.size()) hand_over();
  }
}

void StreamHasher::begin_stretch() {
  auto& block = current();
  block.marks.push_back({block.size, nullptr});
}

void StreamHasher::end_stretch(std::optional<Digest>& into) {
  auto& block = current();
  block.marks.push_back({block.size, &into});
}

Digest StreamHasher::finish() {
  hand_over();
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
  return known_ ? *known_ : whole_.finish();
}

void StreamHasher::work() {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_ || written_ > hashed_; });
    if (written_ == hashed_) return;
    const auto& block = ring_[hashed_ % block_count];
    lock.unlock();
    hash(block);
    lock.lock();
    ++hashed_;
    changed_.notify_all();
  }
}

void StreamHasher::hash(const Block& block) {
  const auto bytes = block.memory.bytes().first(block.size);
  if (!known_) whole_.write(bytes);
  std::size_t at = 0;
  const auto pass = [&](std::size_t to) {
    if (in_stretch_) stretch_.write(bytes.subspan(at, to - at));
    at = to;
  };
  for (const auto& mark : block.marks) {
    pass(mark.at);
    in_stretch_ = mark.into == nullptr;
    if (in_stretch_)
      stretch_.begin();
    else
      *mark.into = stretch_.finish();
  }
  pass(block.size);
}

}  // namespace whittle::attribution
