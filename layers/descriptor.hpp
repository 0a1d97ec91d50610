// A descriptor: the typed, sized, digested link from one document to another (image-spec, descriptor.md).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"
#include "common/json.hpp"
#include "layers/platform.hpp"

namespace whittle::layers {

using Annotations = std::map<std::string, std::string>;

struct Descriptor {
  std::string media_type;
  Digest digest;
  std::uint64_t size = 0;  // bytes
  std::optional<Platform> platform = {};
  Annotations annotations = {};
  std::string artifact_type = {};
  std::vector<std::string> urls = {};  // where else the bytes may be had; as written, whatever that is
};

// Strict: a missing or ill-typed field throws Error(integrity) naming `where` and the field. Unknown fields
// are allowed (documents of others are carried as bytes, never rewritten from this).
Descriptor parse_descriptor(const Json& json, std::string_view where);
Json to_json(const Descriptor& descriptor);

}  // namespace whittle::layers
