#include "common/read_ahead.hpp"

#include <algorithm>
#include <cstring>

#include "common/parallel.hpp"

namespace whittle {

ReadAhead::ReadAhead(std::unique_ptr<ByteSource> source, std::stop_token stop)
    : source_(std::move(source)), stop_(std::move(stop)), thread_([this] { fill(); }) {}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ReadAhead::fill() {
  try {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return closed_ || written_ - taken_ < blocks; });
      if (closed_) return;
      auto& block = ring_[written_ % blocks];
      lock.unlock();
      throw_if_stopped(stop_);
      block.size = 0;
      bool more = true;
      const auto bytes = block.memory.bytes();
      while (more && block.size < bytes.size()) {
        const auto count = source_->read(bytes.subspan(block.size));
        block.size += count;
        more = count > 0;
      }
      lock.lock();
      if (block.size > 0) ++written_;
      ended_ = !more;
      changed_.notify_all();
      if (ended_) return;
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    failure_ = std::current_exception();
    ended_ = true;
    changed_.notify_all();
  }
}

std::size_t ReadAhead::read(MutableBytes buffer) {
  if (position_ == 0) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_ || written_ > taken_; });
    if (written_ == taken_) {
      if (failure_) std::rethrow_exception(failure_);
      return 0;
    }
  }
  const auto& block = ring_[taken_ % blocks];
  const auto count = std::min(buffer.size(), block.size - position_);
  std::memcpy(buffer.data(), block.memory.bytes().data() + position_, count);
  position_ += count;
  if (position_ == block.size) {
    const std::lock_guard lock(mutex_);
    position_ = 0;
    ++taken_;
    changed_.notify_all();
  }
  return count;
}

}  // namespace whittle
