// Hashes a stream, and tags stretches of it (common/content_tag.hpp), on a thread of its own, a bounded piece
// behind whoever writes: decoding a layer and hashing it take about as long as each other.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "common/bytes.hpp"
#include "common/content_tag.hpp"
#include "common/digest.hpp"

namespace whittle::attribution {

// One writer. The destructor waits for what was written.
class StreamHasher {
 public:
  explicit StreamHasher(const ContentKey& key);
  ~StreamHasher();
  StreamHasher(const StreamHasher&) = delete;
  StreamHasher& operator=(const StreamHasher&) = delete;

  // Before the first byte: the digest of the whole is known and verified, and need not be computed.
  void know_whole(const Digest& digest) { known_ = digest; }
  void write(Bytes bytes);
  // A stretch begins with the next byte, or ends before it; one at a time. `into` is borrowed, and set when
  // finish() returns.
  void begin_stretch();
  void end_stretch(std::optional<Digest>& into);
  // Of the whole stream, which ends here.
  Digest finish();

 private:
  static constexpr std::size_t block_count = 8;
  struct Mark {
    std::size_t at = 0;                     // in the block
    std::optional<Digest>* into = nullptr;  // nothing: a stretch begins
  };
  struct Block {
    StreamBuffer memory = StreamBuffer();
    std::size_t size = 0;
    std::vector<Mark> marks = {};
  };
  Block& current();
  void hand_over();
  void work();
  void hash(const Block& block);

  std::array<Block, block_count> ring_;
  std::size_t written_ = 0;  // blocks, in all
  std::size_t hashed_ = 0;
  bool has_block_ = false;  // the writer fills ring_[written_ % block_count]
  bool ended_ = false;
  Hasher whole_;
  std::optional<Digest> known_ = {};  // of the whole
  ContentTagger stretch_;
  bool in_stretch_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread thread_;  // the last member: it uses the others
};

}  // namespace whittle::attribution
