// Where an image is read from or written to: one grammar for registries, layouts and whittle's own store.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "common/digest.hpp"
#include "registry/reference.hpp"

namespace whittle::registry {

struct Place {
  enum class Kind { registry, layout, store };
  Kind kind = Kind::registry;
  std::optional<Reference> reference = {};  // Kind::registry
  std::filesystem::path folder = {};        // Kind::layout
  std::string name = {};                    // Kind::store: NAME of local:NAME[:TAG]
  std::string tag = {};                     // "" when not given
  std::optional<Digest> digest = {};        // then nothing but that digest is accepted

  // Reads `oci:DIR[:TAG]`, `local:NAME[:TAG]` or a reference, each optionally with `@sha256:…`. Error(usage)
  // for what is ill-formed, Error(unsupported) for oci-archive:, docker-archive: and docker-daemon: (not
  // there yet).
  static Place parse(std::string_view text);

  // The place as the user writes it, without the digest.
  std::string text() const;
};

}  // namespace whittle::registry
