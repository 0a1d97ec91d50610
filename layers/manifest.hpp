// Image manifests and indexes (image-spec, manifest.md and image-index.md), OCI's and Docker's schema 2.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "layers/descriptor.hpp"
#include "layers/document.hpp"

namespace whittle::layers {

struct Manifest {
  std::string media_type;
  Descriptor config;
  std::vector<Descriptor> layers;
  Annotations annotations = {};
  std::optional<Descriptor> subject = {};
  std::string artifact_type = {};
};

struct Index {
  std::string media_type;
  std::vector<Descriptor> manifests;
  Annotations annotations = {};
  std::optional<Descriptor> subject = {};
  std::string artifact_type = {};
};

// Strict parsing of foreign bytes: Error(integrity) for what contradicts the specification (both `layers` and
// `manifests`, a `mediaType` other than the document's, a digest with two sizes), Error(unsupported) for
// schema 1, Error(limit) beyond 10,000 children or 8 MiB. `what` names the document in messages.
Manifest parse_manifest(const Document& document, std::string_view what);
Index parse_index(const Document& document, std::string_view what);

// The media type of a document: the one stated by whoever delivered it, checked against the body; when that
// says nothing (empty, application/json, text/plain, octet-stream) the one shape that fits. Hostile cases 106
// to 108.
std::string settle_media_type(std::string_view stated, std::string_view bytes, std::string_view what);

// Canonical bytes.
Document write_manifest(const Manifest& manifest);
Document write_index(const Index& index);

}  // namespace whittle::layers
