// The one image that a command unpacks or runs.
#pragma once

#include <memory>
#include <string>

#include "layers/config.hpp"
#include "layers/manifest.hpp"
#include "registry/image_io.hpp"
#include "registry/place.hpp"
#include "running/unpack.hpp"

namespace whittle::cli {

class Session;

struct RunImage {
  registry::Place place;
  std::unique_ptr<registry::ImageSource> source;
  layers::Descriptor descriptor;  // of the manifest
  layers::Manifest manifest;
  layers::ImageConfig config;
};

// Error(usage) for a place that is none, Error(unsupported) for what is no image.
RunImage read_run_image(const std::string& place, const std::string& platform, Session& session);

// Tells what of the image is not there as it says.
void tell_of(const running::UnpackedRoot& root, Session& session);

}  // namespace whittle::cli
