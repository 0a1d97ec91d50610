// Cuts a stream into members of a fixed size, compresses them on several threads and writes them in order.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "layers/compression.hpp"
#include "layers/member_codec.hpp"

namespace whittle::layers {

// The caller of write() and finish() is one of the threads: it compresses whenever it would have to wait, so
// one thread, or a machine that allows no more, gives the same bytes. What goes wrong on another thread is
// thrown from write() or finish(). Threads start when there is work for them, and are fewer where their
// memory would go beyond `memory_budget`.
class MemberCompressor final : public Compressor {
 public:
  static constexpr std::size_t memory_budget = 48U << 20U;  // bytes, of all buffers and codecs

  // Borrows `out` and `memory`, which may be absent.
  MemberCompressor(MemberFormat format, unsigned threads, ByteSink& out, MemberMemory* memory = nullptr);
  ~MemberCompressor() override;
  MemberCompressor(const MemberCompressor&) = delete;
  MemberCompressor& operator=(const MemberCompressor&) = delete;

  void write(Bytes bytes) override;
  void finish() override;
  std::vector<Member> take_members() override { return std::move(members_); }

  // Ends the member that is being filled. The byte that is written next begins another, and where that lies
  // in `out` is the next of marks(), whose number this returns. Something has to be written between two
  // marks.
  std::size_t mark();
  // Compresses and writes all that was given; how many bytes were written so far.
  std::uint64_t flush();
  const std::vector<std::uint64_t>& marks() const { return marks_; }  // complete after flush()

 private:
  using Buffer = std::vector<std::byte>;
  struct Slot {
    Buffer buffer;            // the member's input, then its compressed form
    std::size_t size = 0;     // of what is in the buffer
    bool compressed = false;  // guarded by mutex_
    std::exception_ptr failure;
    std::optional<Member> member;  // of a full one, when there is a memory
    bool marked = false;
  };
  // What one thread needs to compress: made on first use, on that thread.
  struct Workplace {
    std::unique_ptr<MemberCodec> codec;
    Buffer output;
  };

  void submit();
  void settle_oldest();
  void add_thread();
  void work();
  void compress(Slot& slot, Workplace& workplace);
  void compress_or_recall(Slot& slot, Workplace& workplace);
  void compress_input(Slot& slot, Workplace& workplace);

  const MemberFormat format_;
  ByteSink& out_;
  MemberMemory* const memory_;
  std::vector<Member> members_;
  std::vector<std::uint64_t> marks_;
  std::size_t marks_set_ = 0;  // how many there will be
  std::uint64_t written_ = 0;  // bytes
  std::size_t threads_;        // wanted, the caller among them
  std::vector<Slot> ring_;
  std::size_t filling_ = 0;  // index of the slot that write() fills
  std::size_t pending_ = 0;  // how many slots before it were submitted and are not written yet
  bool any_ = false;         // a member was submitted
  Workplace own_;

  std::mutex mutex_;
  std::condition_variable work_there_;
  std::condition_variable work_done_;
  std::deque<Slot*> queue_;  // guarded by mutex_: submitted and not begun, oldest first
  bool closing_ = false;     // guarded by mutex_
  std::vector<std::jthread> helpers_;
};

}  // namespace whittle::layers
