// What a build was made from, as its provenance states it: enough to build again and to say what has changed
// since. A value; `provenance.hpp` gives it the form of SLSA.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"
#include "common/json.hpp"
#include "layers/descriptor.hpp"
#include "layers/platform.hpp"

namespace whittle::evidence {

// Something that came from outside, by its bytes (a resource descriptor of in-toto).
struct Material {
  std::string uri;        // "pkg:golang/golang.org/x/text@v0.14.0", "pkg:deb/debian/tzdata@…"
  std::string name = {};  // for people
  // By algorithm, in hex: "sha256", "gitCommit"; "goModuleH1" of a Go module, which is no hash of a file
  // (in-toto, digest_set.md).
  std::map<std::string, std::string> digests = {};
  auto operator<=>(const Material&) const = default;
};

struct Sources {
  std::string module = {};                   // path of the main module that was built
  std::optional<std::string> revision = {};  // commit; nothing when a file but the lock differs from it, or
                                             // there is no git
  std::string folder = {};                   // of the root in that commit's tree; "" is the top
  std::map<std::string, Digest> files = {};  // relative to the root: what the build read of its own files
  Digest tree() const;                       // over paths and digests of `files`
  bool operator==(const Sources&) const = default;
};

struct RecordedPlatform {
  layers::Platform platform;
  layers::Descriptor manifest;                       // without annotations
  std::map<std::string, std::string> settings = {};  // of each executable, as "PATH: flag" → value
};

struct BuildRecord {
  std::string builder_version = {};  // of whittle
  std::string image = {};            // its name in the spec
  std::string spec_file = {};        // relative to the root of the sources; "" for a build without a spec
  std::string folder = {};           // that `main` and `files:` are relative to, relative to the root
  std::string main = {};             // what was built when no spec has the image
  Digest spec = Digest::of(std::string_view());  // of the bytes of the spec that were read
  std::string profile = {};                      // that a flag asked for instead of the spec's
  std::vector<std::string> tags = {};            // that ${…} expanded to is not here: what a flag asked for
  std::int64_t epoch = 0;                        // SOURCE_DATE_EPOCH, seconds
  std::map<std::string, std::string> values = {};  // what ${…} stood for, of those that were asked for
  Json lock = Json::object();                      // the lock that was used, as `whittle.lock` has it
  std::string go_version = {};                     // "1.26.8"
  std::map<std::string, std::string> compressors = {};
  Sources sources = {};
  std::vector<Material> materials = {};                               // sorted
  layers::Descriptor root = {{}, Digest::of(std::string_view()), 0};  // index or only manifest
  std::vector<RecordedPlatform> platforms = {};
};

}  // namespace whittle::evidence
