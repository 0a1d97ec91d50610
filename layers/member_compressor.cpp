#include "layers/member_compressor.hpp"

#include <algorithm>
#include <cstring>
#include <system_error>

#include "common/error.hpp"

namespace whittle::layers {
namespace {

// Two slots per thread: one that is compressed and one that waits, so that no thread idles while the caller
// is busy compressing itself. A third buffer per thread is what it compresses into.
std::size_t affordable_threads(const MemberFormat& format, unsigned wanted) {
  const std::size_t cost = format.state_size + 3 * format.bound;
  return std::clamp<std::size_t>(wanted, 1, std::max<std::size_t>(MemberCompressor::memory_budget / cost, 1));
}

}  // namespace

MemberCompressor::MemberCompressor(MemberFormat format, unsigned threads, ByteSink& out, MemberMemory* memory)
    : format_(std::move(format)),
      out_(out),
      memory_(memory),
      threads_(affordable_threads(format_, threads)),
      ring_(2 * threads_) {}

MemberCompressor::~MemberCompressor() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    queue_.clear();
  }
  work_there_.notify_all();
  helpers_.clear();  // joins
}

void MemberCompressor::write(Bytes bytes) {
  while (!bytes.empty()) {
    Slot& slot = ring_[filling_];
    slot.buffer.resize(format_.bound);
    const std::size_t count = std::min(bytes.size(), format_.member_size - slot.size);
    std::memcpy(slot.buffer.data() + slot.size, bytes.data(), count);
    slot.size += count;
    bytes = bytes.subspan(count);
    if (slot.size < format_.member_size) continue;
    add_thread();
    submit();
  }
}

void MemberCompressor::finish() {
  // No input at all is one empty member: zero bytes are not a valid stream.
  if (ring_[filling_].size > 0 || !any_) submit();
  while (pending_ > 0) settle_oldest();
}

std::size_t MemberCompressor::mark() {
  if (ring_[filling_].size > 0) {
    add_thread();
    submit();
  }
  ring_[filling_].marked = true;
  return marks_set_++;
}

std::uint64_t MemberCompressor::flush() {
  if (ring_[filling_].size > 0) submit();
  while (pending_ > 0) settle_oldest();
  return written_;
}

void MemberCompressor::submit() {
  Slot& slot = ring_[filling_];
  {
    const std::lock_guard lock(mutex_);
    slot.compressed = false;
    queue_.push_back(&slot);
  }
  work_there_.notify_one();
  any_ = true;
  ++pending_;
  filling_ = (filling_ + 1) % ring_.size();
  while (pending_ == ring_.size()) settle_oldest();
}

// Writes the oldest member if it is compressed; else brings that nearer: compresses one that waits, or waits.
void MemberCompressor::settle_oldest() {
  Slot& oldest = ring_[(filling_ + ring_.size() - pending_) % ring_.size()];
  Slot* todo = nullptr;
  {
    std::unique_lock lock(mutex_);
    if (!oldest.compressed && queue_.empty()) work_done_.wait(lock, [&] { return oldest.compressed; });
    if (!oldest.compressed) {
      todo = queue_.front();
      queue_.pop_front();
    }
  }
  if (todo != nullptr) {
    compress(*todo, own_);
    return;
  }
  if (oldest.failure) std::rethrow_exception(oldest.failure);
  out_.write(Bytes(oldest.buffer).first(oldest.size));
  if (oldest.member) {
    oldest.member->offset = written_;
    members_.push_back(*std::move(oldest.member));
  }
  if (oldest.marked) marks_.push_back(written_);
  oldest.marked = false;
  written_ += oldest.size;
  oldest.size = 0;
  --pending_;
}

void MemberCompressor::compress(Slot& slot, Workplace& workplace) {
  try {
    workplace.output.resize(format_.bound);
    slot.member.reset();
    if (memory_ != nullptr && slot.size == format_.member_size)
      compress_or_recall(slot, workplace);
    else
      compress_input(slot, workplace);
    slot.buffer.swap(workplace.output);
  } catch (...) {
    slot.failure = std::current_exception();
  }
  {
    const std::lock_guard lock(mutex_);
    slot.compressed = true;
  }
  work_done_.notify_one();
}

void MemberCompressor::compress_or_recall(Slot& slot, Workplace& workplace) {
  const Digest input = Digest::of(Bytes(slot.buffer).first(slot.size));
  if (auto recalled = memory_->recall(input, workplace.output)) {
    if (recalled->size == 0 || recalled->size > workplace.output.size())
      throw Error(ErrorKind::internal, "a remembered member has a size that none can have");
    slot.size = recalled->size;
    slot.member = Member{input, std::move(recalled->compressed), 0, slot.size};
    return;
  }
  compress_input(slot, workplace);
  slot.member = Member{input, Digest::of(Bytes(workplace.output).first(slot.size)), 0, slot.size};
}

void MemberCompressor::compress_input(Slot& slot, Workplace& workplace) {
  if (!workplace.codec) workplace.codec = format_.make();
  slot.size = workplace.codec->compress(Bytes(slot.buffer).first(slot.size), workplace.output);
}

void MemberCompressor::add_thread() {
  if (helpers_.size() + 1 >= threads_) return;
  try {
    helpers_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    threads_ = helpers_.size() + 1;  // no more are allowed here; the bytes are the same
  }
}

void MemberCompressor::work() {
  Workplace workplace;
  for (;;) {
    Slot* slot = nullptr;
    {
      std::unique_lock lock(mutex_);
      work_there_.wait(lock, [&] { return closing_ || !queue_.empty(); });
      if (closing_) return;
      slot = queue_.front();
      queue_.pop_front();
    }
    compress(*slot, workplace);
  }
}

}  // namespace whittle::layers
