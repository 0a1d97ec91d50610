// How a stream was compressed, from what its headers and its structure give away: format, fields, members,
// and by that a guess at the program.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "common/bytes.hpp"
#include "common/limits.hpp"
#include "comparison/finding.hpp"
#include "layers/compressed_part.hpp"

namespace whittle::comparison {

// Filled while the stream is read; of a size that does not depend on it. One thread at a time.
class CompressionProfile {
 public:
  // A member or frame that was read.
  void add(const layers::CompressedPart& part);
  // The next bytes as they are compressed: parallel compressors leave marks in them.
  void look(Bytes compressed);

  // By name: what two streams of equal content can differ in, short of the compressed data itself.
  std::map<std::string, std::string> fields() const;
  // The likely program in words: "pigz", "gzip or another program on zlib", "Go's compress/gzip", …; "none".
  std::string compressor() const;

 private:
  bool has_many_equal_parts() const;
  bool is_flushed() const;
  std::string gzip_compressor() const;
  std::string zstd_compressor() const;
  std::string field(const std::string& name) const;

  layers::Compression::Format format_ = layers::Compression::Format::none;
  std::map<std::string, std::string> header_;  // of the first part
  bool headers_differ_ = false;
  bool is_estargz_ = false;
  std::uint64_t parts_ = 0;
  std::uint64_t skippable_ = 0;
  std::uint64_t first_content_ = 0;
  std::uint64_t last_content_ = 0;
  std::uint64_t odd_parts_ = 0;  // of another size than the first, the last left out
  std::uint64_t content_ = 0;
  std::uint64_t flushes_ = 0;               // empty stored blocks (RFC 1951, 3.2.4): what Z_SYNC_FLUSH writes
  std::uint32_t last_ = ~std::uint32_t{0};  // the last four bytes that were looked at
};

// layers::decompress_traced(), with a profile of what is read. Borrows the profile, which is complete at the
// end.
std::unique_ptr<ByteSource> decompress(std::unique_ptr<ByteSource> in, std::string what, const Limits& limits,
                                       CompressionProfile& profile);

// Findings for two streams whose bytes differ; `contents_equal` says whether what they hold does not.
void compare_compression(const CompressionProfile& a, const CompressionProfile& b, bool contents_equal,
                         const Where& where, Findings& findings);

}  // namespace whittle::comparison
