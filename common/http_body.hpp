// The body of a message of HTTP/1.1, taken off the bytes that arrive: so many of them, chunks up to the last
// one, or all until the connection ends (RFC 9112, sections 6 and 7). Foreign bytes, read strictly.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "common/bytes.hpp"

namespace whittle {

struct HttpFraming {
  enum class By { length, chunks, end_of_connection };
  By by = By::length;
  std::uint64_t length = 0;  // bytes, of `length`
};

// Borrows the buffer, at whose start the body begins and behind whose bytes those come that are received. One
// thread.
class HttpBody final : public ByteSource {
 public:
  // Gives what arrives next; 0 when the connection has ended.
  using Receive = std::function<std::size_t(MutableBytes)>;
  HttpBody(const HttpFraming& framing, std::string& buffer, Receive receive);

  // Error(integrity) for chunks that are none, Error(network) when the connection ends too early, and
  // whatever `receive` throws.
  std::size_t read(MutableBytes into) override;
  // Whether all of it was read: what comes next begins in the buffer.
  bool is_at_end() const { return stage_ == Stage::end; }

 private:
  enum class Stage { length, chunk_head, chunk, chunk_end, trailer, rest, end };
  static Stage first_stage(const HttpFraming& framing);
  std::size_t read_bytes(MutableBytes into);
  std::string take_line();

  std::string& buffer_;
  Receive receive_;
  Stage stage_;
  std::uint64_t left_ = 0;   // bytes, of the body or of the chunk
  std::size_t trailer_ = 0;  // bytes of it so far
};

}  // namespace whittle
