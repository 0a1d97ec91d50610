// What is left of the content of the entry that a tar is at, as a source.
#pragma once

#include <cstddef>

#include "common/bytes.hpp"
#include "layers/tar_reader.hpp"

namespace whittle::layers {

// Borrows the reader, which must not go on to the next entry meanwhile. One thread.
class EntryContent final : public ByteSource {
 public:
  explicit EntryContent(TarReader& tar) : tar_(tar) {}
  std::size_t read(MutableBytes buffer) override { return tar_.read(buffer); }

 private:
  TarReader& tar_;
};

}  // namespace whittle::layers
