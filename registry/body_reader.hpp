// Gives a request's body to a transport, and proves it on the way.
#pragma once

#include <memory>

#include "registry/http.hpp"

namespace whittle::registry {

// Gives exactly the stated size: fewer or more bytes are Error(integrity), and whatever the source verifies
// at its end is verified before the last bytes leave. Borrows `body`.
class BodyReader {
 public:
  explicit BodyReader(const RequestBody& body) : body_(body) { rewind(); }

  void rewind();
  std::size_t read(MutableBytes buffer);  // 0 at the end
  bool finished() const { return position_ == body_.size; }

 private:
  void expect_end();
  const RequestBody& body_;
  std::unique_ptr<ByteSource> source_;
  std::uint64_t position_ = 0;
};

}  // namespace whittle::registry
