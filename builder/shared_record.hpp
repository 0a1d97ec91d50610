// What a shared cache keeps of one image for one platform: the project's files that its programs were made
// from, by content, and what came of them. Whoever has the same files can take the finished layers without
// compiling, and without having Go: what comes with Go is settled by the lock, modules by go.sum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "binaries/build_info.hpp"
#include "builder/made_from.hpp"
#include "common/digest.hpp"
#include "layers/descriptor.hpp"

namespace whittle::builder {

// A program as others need to know it who do not have its file.
struct SharedProgram {
  std::string path;    // in the image, without a leading slash
  MadeFrom made_from;  // of files, only the project's own are listed
  Digest digest;
  std::uint64_t size = 0;  // bytes
  std::optional<binaries::BuildInfo> info = {};
  std::string memory_limit = {};  // own_memory_limit_of()
};

struct SharedLayer {
  Digest key;  // of builder::Assembler: over all that decides its bytes
  layers::Descriptor descriptor;
  Digest diff_id;
  std::uint64_t uncompressed_size = 0;  // bytes
};

// A value of the cache's index, about a base image.
struct SharedValue {
  std::string kind;
  Digest key;
  std::string value;
};

struct SharedRecord {
  Digest key;  // what it is kept under
  std::vector<SharedProgram> programs = {};
  std::vector<SharedLayer> layers = {};
  std::vector<SharedValue> values = {};
  std::map<std::string, std::string> facts = {};  // image_facts()
};

inline constexpr std::size_t largest_shared_record = 2U
                                                     << 20U;  // bytes; registries take manifests up to 4 MiB

// Canonical text (docs/formats.md). Nothing when it cannot be shared: too large, or a name that is not UTF-8.
std::optional<std::string> to_text(const SharedRecord& record);
// Error(integrity) naming `what` for anything that to_text() does not write, Error(unsupported) for a record
// of a later version.
SharedRecord shared_record_from(std::string_view text, std::string_view what);

}  // namespace whittle::builder
