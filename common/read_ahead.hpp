// Reads a source on a thread of its own, a bounded piece ahead of whoever reads this: a layer is decompressed
// and hashed while another thread looks at what is in it.
#pragma once

#include <array>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "common/bytes.hpp"

namespace whittle {

// Owns the source. What the source throws is thrown by read(), after the bytes before it. One reader. The
// destructor waits for the read that is under way.
class ReadAhead final : public ByteSource {
 public:
  // Error(interrupted) from read() once `stop` asks.
  ReadAhead(std::unique_ptr<ByteSource> source, std::stop_token stop);
  ~ReadAhead() override;
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  std::size_t read(MutableBytes buffer) override;

 private:
  static constexpr std::size_t blocks = 6;
  struct Block {
    StreamBuffer memory = StreamBuffer(2 * stream_buffer_size);
    std::size_t size = 0;
  };
  void fill();

  std::unique_ptr<ByteSource> source_;
  std::stop_token stop_;
  std::array<Block, blocks> ring_;
  std::size_t written_ = 0;   // blocks, in all
  std::size_t taken_ = 0;     // blocks, in all
  std::size_t position_ = 0;  // in the block that is being read
  bool ended_ = false;
  bool closed_ = false;  // nobody reads any more
  std::exception_ptr failure_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread thread_;  // the last member: it uses the others
};

}  // namespace whittle
