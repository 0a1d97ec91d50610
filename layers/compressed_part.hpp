// One member of a gzip stream or one frame of a zstd stream, as its header and its lengths describe it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "layers/compression.hpp"

namespace whittle::layers {

struct CompressedPart {
  Compression::Format format = Compression::Format::none;
  std::uint64_t compressed = 0;  // bytes, header and trailer included
  std::uint64_t content = 0;     // bytes
  // What the header says, by the names of the fields in RFC 1952 and RFC 8878: "mtime", "os", "xfl", "name",
  // "window", "checksum", … Values are cut at 256 bytes.
  std::map<std::string, std::string> header = {};
  bool skippable = false;  // a zstd frame without content
};

// Called when a part has ended, on the thread that reads.
using OnPart = std::function<void(const CompressedPart&)>;

}  // namespace whittle::layers
