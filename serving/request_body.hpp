// The body of a request, taken off the bytes that arrive: so many of them, or chunks up to the last one (RFC
// 9112, sections 6 and 7). Foreign bytes, read strictly.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "common/bytes.hpp"
#include "serving/request.hpp"

namespace whittle::serving {

// Borrows the buffer, at whose start the body begins. One thread.
class RequestBody final : public ByteSource {
 public:
  // Appends to the buffer what arrives next, at least one byte; Error(network) when nothing does.
  using More = std::function<void()>;
  RequestBody(const Request& request, std::string& buffer, More more);

  // Error(integrity) for chunks that are none, and whatever `more` throws.
  std::size_t read(MutableBytes into) override;
  // Whether all of it was read: the buffer begins with the next request.
  bool is_at_end() const { return stage_ == Stage::end; }

 private:
  enum class Stage { length, chunk_head, chunk, chunk_end, trailer, end };
  std::string take_line();
  void begin_chunk();

  std::string& buffer_;
  More more_;
  Stage stage_;
  std::uint64_t left_ = 0;   // bytes, of the body or of the chunk
  std::size_t trailer_ = 0;  // bytes of it so far
};

}  // namespace whittle::serving
