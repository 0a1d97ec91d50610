// What says how an image is made up and how it is run: its manifest and config.
#pragma once

#include <string>

#include "common/digest.hpp"
#include "layers/config.hpp"
#include "layers/document.hpp"
#include "layers/manifest.hpp"
#include "registry/image_io.hpp"

namespace whittle::registry {

struct ImageDocuments {
  Digest digest;  // of the manifest
  layers::Manifest manifest;
  std::string config_bytes;
  layers::ImageConfig config;

  // Error(integrity) unless there is one diffID for each layer (hostile 117).
  void check_layers() const;
};

// Error(unsupported) for what is no image, Error(integrity) and Error(limit) as the readers of both documents
// have.
ImageDocuments read_image(ImageSource& source, const layers::Document& manifest);

}  // namespace whittle::registry
