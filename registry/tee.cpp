#include "registry/tee.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <vector>

namespace whittle::registry {

struct Tee::Shared {
  using Chunk = std::vector<std::byte>;
  struct Place {
    bool opened = false;
    bool left = false;           // reads nothing here any more
    std::uint64_t position = 0;  // number of the chunk it reads next or is within
  };

  OpenSource open;
  Limits limits;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Place> places;
  std::unique_ptr<ByteSource> source;
  std::deque<std::shared_ptr<const Chunk>> chunks;  // from number `first` on
  std::uint64_t first = 0;
  bool filling = false;  // some reader reads the source, without the lock
  bool ended = false;

  // Drops what all have read.
  void trim() {
    std::uint64_t slowest = first + chunks.size();
    for (const auto& place : places)
      if (!place.left) slowest = std::min(slowest, place.position);
    for (; first < slowest; ++first) chunks.pop_front();
    changed.notify_all();
  }

  void leave(std::size_t number) {
    const std::lock_guard lock(mutex);
    places[number].left = true;
    trim();
  }

  // Reads the next chunk of the source. Called with the lock, which is given up meanwhile. A failure is met
  // by one reader; the others read by themselves, and meet it there if it lasts.
  void fill(std::unique_lock<std::mutex>& lock) {
    filling = true;
    lock.unlock();
    auto chunk = std::make_shared<Chunk>(stream_buffer_size);
    std::exception_ptr caught;
    try {
      if (!source) source = open();
      chunk->resize(source->read(*chunk));
    } catch (...) {
      caught = std::current_exception();
    }
    lock.lock();
    filling = false;
    if (caught) {
      for (auto& place : places) place.left = true;
      trim();
      std::rethrow_exception(caught);
    }
    if (chunk->empty())
      ended = true;
    else
      chunks.push_back(std::move(chunk));
    changed.notify_all();
  }

  // The chunk with that number; nothing at the end, or when the reader was left behind.
  std::shared_ptr<const Chunk> chunk(std::size_t number) {
    std::unique_lock lock(mutex);
    auto& place = places[number];
    for (;;) {
      if (place.left) return nullptr;
      if (place.position < first + chunks.size()) return chunks[place.position - first];
      if (ended) return nullptr;
      if (filling) {
        changed.wait(lock);
      } else if (chunks.size() < limits.chunks) {
        fill(lock);
      } else {
        const auto before = first;
        const auto moved = [&] { return first != before || place.left; };
        if (!changed.wait_for(lock, limits.patience, moved)) leave_behind();
      }
    }
  }

  // Nobody has moved the oldest chunk for too long: whoever still needs it reads by itself.
  void leave_behind() {
    for (auto& place : places)
      if (!place.left && place.position == first) place.left = true;
    trim();
  }

  void passed(std::size_t number) {
    const std::lock_guard lock(mutex);
    ++places[number].position;
    trim();
  }

  bool was_left_behind(std::size_t number) {
    const std::lock_guard lock(mutex);
    return places[number].left;
  }
};

class Tee::Reader final : public ByteSource {
 public:
  Reader(std::shared_ptr<Shared> shared, std::size_t number) : shared_(std::move(shared)), number_(number) {}
  ~Reader() override { shared_->leave(number_); }

  std::size_t read(MutableBytes buffer) override {
    if (own_) return own_->read(buffer);
    if (!chunk_) chunk_ = shared_->chunk(number_);
    if (!chunk_) {
      if (!shared_->was_left_behind(number_)) return 0;
      read_by_itself();
      return own_->read(buffer);
    }
    const auto count = std::min(buffer.size(), chunk_->size() - offset_);
    std::memcpy(buffer.data(), chunk_->data() + offset_, count);
    offset_ += count;
    bytes_ += count;
    if (offset_ == chunk_->size()) {
      offset_ = 0;
      chunk_.reset();
      shared_->passed(number_);
    }
    return count;
  }

 private:
  void read_by_itself() {
    own_ = shared_->open();
    std::vector<std::byte> skipped(stream_buffer_size);
    for (auto rest = bytes_; rest > 0;) {
      const auto part = std::min<std::uint64_t>(rest, skipped.size());
      const auto count = own_->read(MutableBytes(skipped).first(static_cast<std::size_t>(part)));
      if (count == 0) break;  // its own end is an error that it tells itself
      rest -= count;
    }
  }

  std::shared_ptr<Shared> shared_;
  std::size_t number_;
  std::shared_ptr<const Shared::Chunk> chunk_;
  std::size_t offset_ = 0;   // in the chunk
  std::uint64_t bytes_ = 0;  // given so far
  std::unique_ptr<ByteSource> own_;
};

Tee::Tee(OpenSource open, std::size_t readers, Limits limits) : shared_(std::make_shared<Shared>()) {
  shared_->open = std::move(open);
  shared_->limits = limits;
  shared_->places.resize(readers);
}

Tee::~Tee() = default;

std::unique_ptr<ByteSource> Tee::open(std::size_t number) {
  {
    const std::lock_guard lock(shared_->mutex);
    auto& place = shared_->places[number];
    if (!place.opened && !place.left) {
      place.opened = true;
      return std::make_unique<Reader>(shared_, number);
    }
  }
  return shared_->open();
}

void Tee::leave(std::size_t number) {
  shared_->leave(number);
}

}  // namespace whittle::registry
