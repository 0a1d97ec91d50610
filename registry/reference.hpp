// A reference to an image in a registry, as Docker reads it: [host[:port]/]repository[:tag][@digest].
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/digest.hpp"

namespace whittle::registry {

struct Reference {
  std::string host;        // as written, with the port when one is given; "docker.io" when none is named
  std::string repository;  // "library/alpine" for "alpine"
  std::string tag = {};    // "" when not given
  std::optional<Digest> digest = {};

  // Error(usage) pointing at the part that is wrong (hostile case 22); a password in it is never repeated.
  static Reference parse(std::string_view text);

  std::string name() const;  // host/repository
  std::string text() const;  // host/repository[:tag][@digest]
};

// Whether `tag` follows the grammar of tags (distribution-spec, "Pulling manifests").
bool is_tag(std::string_view tag);

}  // namespace whittle::registry
