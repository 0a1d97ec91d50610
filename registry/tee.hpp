// One source read by several at once: its bytes are read a single time and kept only until the slowest has
// them.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "common/bytes.hpp"

namespace whittle::registry {

// Thread-safe; each reader belongs to one thread. The readers may outlive the tee.
class Tee {
 public:
  // What readers may be apart, and how long all wait for one that does not move at all. After that it is left
  // behind and reads on from a source of its own: readers may depend on each other in ways not known here,
  // such as places at the same host.
  struct Limits {
    std::size_t chunks = 8;  // of stream_buffer_size bytes
    std::chrono::milliseconds patience{10'000};
  };
  Tee(OpenSource open, std::size_t readers, Limits limits);
  Tee(OpenSource open, std::size_t readers) : Tee(std::move(open), readers, Limits()) {}
  ~Tee();
  Tee(const Tee&) = delete;
  Tee& operator=(const Tee&) = delete;

  // Opens the source for reader `number`: its part of the tee the first time, anew when it asks again. When
  // the source fails, one reader meets the error and the others read on from sources of their own.
  std::unique_ptr<ByteSource> open(std::size_t number);
  // That reader needs nothing (any more). To be called when it is done, whether or not it has ever opened.
  void leave(std::size_t number);

 private:
  struct Shared;
  class Reader;
  std::shared_ptr<Shared> shared_;
};

}  // namespace whittle::registry
