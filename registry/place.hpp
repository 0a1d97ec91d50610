// Where an image is read from or written to: one grammar for registries, layouts, archives, the Docker daemon
// and whittle's own store.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "common/digest.hpp"
#include "registry/reference.hpp"

namespace whittle::registry {

struct Place {
  enum class Kind { registry, layout, store, oci_archive, docker_archive, docker_daemon };
  Kind kind = Kind::registry;
  std::optional<Reference> reference =
      {};                             // Kind::registry and docker_daemon; docker_archive if one is given
  std::filesystem::path folder = {};  // Kind::layout
  std::filesystem::path file = {};    // Kind::oci_archive and docker_archive; "-" is a standard stream
  std::string name = {};              // Kind::store: NAME of local:NAME[:TAG]
  std::string tag = {};               // "" when not given
  std::optional<Digest> digest = {};  // then nothing but that digest is accepted

  // Reads one of these or a registry reference, each optionally with `@sha256:…` behind it. Error(usage) for
  // what is ill-formed (hostile.md, 206).
  //   oci:DIR[:TAG]              the text behind the last colon is a tag unless it has a slash; a folder with
  //   a
  //                              colon in its name is written with a slash at its end
  //   oci-archive:FILE[:TAG]     the same; a file with a colon in its name is written with a colon at its end
  //   docker-archive:FILE[:REF]  the file ends at the first colon, since a reference may have several
  //   docker-daemon:REF
  //   local:NAME[:TAG]
  static Place parse(std::string_view text);

  // Whether standard input or output is meant.
  bool is_stream() const { return file == "-"; }

  // The place as the user writes it, without the digest.
  std::string text() const;
};

}  // namespace whittle::registry
