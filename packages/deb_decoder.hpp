// Decompresses the members of a package with what their names say, and nothing else (deb(5)).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/bytes.hpp"

namespace whittle::packages {

struct DebCompression {
  std::string suffix;   // of the member's name behind ".tar": "", ".gz", ".xz", ".zst"
  std::string what;     // for messages
  std::uint64_t bytes;  // limit on the output; the ratio of output to input has the limit that layers have
};

// Error(unsupported) for another suffix; Error(integrity) for bytes of another form, and for any behind the
// end; Error(limit).
std::unique_ptr<ByteSource> decode_member(std::unique_ptr<ByteSource> in, const DebCompression& compression);

}  // namespace whittle::packages
