// The unit that parallel compression works in: an independent gzip member (RFC 1952, section 2.2) or zstd
// frame (RFC 8878, section 3) made of a fixed size of input.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "common/bytes.hpp"
#include "layers/compression.hpp"

namespace whittle::layers {

// Compresses members one after the other. One thread per instance. The bytes depend on the input alone, not
// on the members before it.
class MemberCodec {
 public:
  virtual ~MemberCodec() = default;
  // Returns how many bytes of `out` the member takes; `out` has at least MemberFormat::bound.
  virtual std::size_t compress(Bytes input, MutableBytes out) = 0;
};

struct MemberFormat {
  std::size_t member_size;  // bytes of input per member
  std::size_t bound;        // the most a member may take, and never less than member_size
  std::size_t state_size;   // about what one codec takes in memory
  // Error(machine_limit) when there is no memory. May be called from several threads at once.
  std::function<std::unique_ptr<MemberCodec>()> make;
  std::function<std::string()> identity;  // library, its version, level
};

MemberFormat gzip_members(Compression::Level level);
// The same with members of another size, in bytes of input.
MemberFormat gzip_members(Compression::Level level, std::size_t member_size);
MemberFormat zstd_frames(Compression::Level level);

}  // namespace whittle::layers
