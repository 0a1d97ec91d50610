// One gzip member (RFC 1952) of any length, with constant memory: for what may not be cut into several, as
// member_compressor.hpp does.
#pragma once

#include <memory>
#include <string>

#include "common/bytes.hpp"

namespace whittle::layers {

// Compresses what is written into `out`, which is borrowed. finish() must be called; the destructor completes
// nothing. One thread. The bytes depend on the input alone, not on how it is cut into writes.
class GzipStream final : public ByteSink {
 public:
  explicit GzipStream(ByteSink& out);
  ~GzipStream() override;
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  void write(Bytes bytes) override;
  void finish();

  // Library, its version and level, for cache keys.
  static std::string identity();

 private:
  struct State;
  void run(Bytes bytes, int flush);

  ByteSink& out_;
  std::unique_ptr<State> state_;
};

}  // namespace whittle::layers
