// Reads HTTP/1.1 responses from bytes as they arrive (RFC 9112), one after another on one connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace whittle::running {

// A value. What is foreign is bounded: 64 KiB of headers, lines of chunks of 1 KiB; bodies are counted, and
// kept only when asked for.
class ResponseReader {
 public:
  enum class State { more, complete, broken };

  // For the next response. One to HEAD has no body; of others up to `kept` bytes are kept, and a longer one
  // is broken unless that is 0.
  void begin(bool to_head, std::size_t kept = 0);
  // Takes bytes until the response is complete; `bytes` loses what was taken.
  State feed(std::string_view& bytes);
  // The connection has ended: complete when only that could end the body.
  State end();

  int status() const { return status_; }
  // Whether another request may follow on the connection (RFC 9112, section 9.3).
  bool keeps_connection() const { return keeps_connection_; }
  bool has_begun() const { return phase_ != Phase::status || !line_.empty(); }
  const std::string& body() const { return body_; }

 private:
  enum class Phase { status, headers, fixed, chunk_size, chunk, chunk_end, trailers, to_end, done, broken };
  bool take_line(std::string_view& bytes, std::size_t limit);
  void take_body(std::string_view& bytes);
  void read_status();
  void read_header();
  void begin_body();
  void read_chunk_size();

  Phase phase_ = Phase::status;
  std::string line_;
  std::size_t header_bytes_ = 0;
  bool to_head_ = false;
  std::size_t kept_ = 0;
  int status_ = 0;
  bool keeps_connection_ = true;
  bool has_length_ = false;
  bool chunked_ = false;
  std::uint64_t left_ = 0;  // of the body or the chunk
  std::string body_;
};

}  // namespace whittle::running
