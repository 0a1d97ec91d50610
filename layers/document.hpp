// The bytes of a manifest, index or config together with what identifies them. Bytes are kept as they came:
// the digest is over them, so nothing may rewrite them.
#pragma once

#include <string>

#include "common/digest.hpp"
#include "layers/descriptor.hpp"

namespace whittle::layers {

struct Document {
  std::string media_type;
  std::string bytes;
  Digest digest = Digest::of(std::string_view());

  Document(std::string type, std::string text)
      : media_type(std::move(type)), bytes(std::move(text)), digest(Digest::of(bytes)) {}
  Document(std::string type, std::string text, Digest verified)
      : media_type(std::move(type)), bytes(std::move(text)), digest(std::move(verified)) {}

  Descriptor descriptor() const { return {media_type, digest, bytes.size()}; }
};

}  // namespace whittle::layers
