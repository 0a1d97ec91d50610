// What was compressed before: members that need not be compressed again, by the digest of their input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/bytes.hpp"
#include "common/digest.hpp"

namespace whittle::layers {

// Where a member lies in the compressed stream, and what identifies it. Only members of the full size are
// described: the last one of a stream is mostly shorter and seldom met again.
struct Member {
  Digest input;              // of the bytes that were compressed
  Digest compressed;         // of the member itself
  std::uint64_t offset = 0;  // in the stream, in bytes
  std::uint64_t size = 0;    // of the member, in bytes
};

// A memory for one Compression::identity(). It is believed: what it gives goes into the stream unseen, so an
// implementation gives nothing but the very bytes that this compression made of that input, checked against
// their digest. Then a stream is the same with a memory and without.
class MemberMemory {
 public:
  struct Recalled {
    std::size_t size;   // of the member, at the front of `out`
    Digest compressed;  // of the member
  };

  virtual ~MemberMemory() = default;
  // Puts the compressed form of `input` into `out`; nothing when it is not known or does not fit, whatever
  // `out` holds then. Called from several threads at once.
  virtual std::optional<Recalled> recall(const Digest& input, MutableBytes out) = 0;
};

}  // namespace whittle::layers
