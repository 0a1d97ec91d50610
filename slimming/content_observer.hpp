// Whoever wants to see the content of every file while the layers of an image are read.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/bytes.hpp"
#include "layers/tar_reader.hpp"

namespace whittle::slimming {

// Called in the order of the archives, one file at a time, on the thread that reads. A later layer may bring another
// file of the same path, or take it away.
class ContentObserver : public ByteSink {
 public:
  virtual void begin(std::size_t layer, const layers::TarEntry& entry) = 0;
  virtual void end() = 0;
};

}  // namespace whittle::slimming
