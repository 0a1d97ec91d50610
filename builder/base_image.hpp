// An image to build on: its config is inherited, its layers are carried by digest and never unpacked.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "layers/config.hpp"
#include "layers/manifest.hpp"
#include "layers/platform.hpp"
#include "registry/access.hpp"

namespace whittle::builder {

struct BaseImage {
  std::string name;                          // as annotations state it: without "oci:" and the like resolved away
  layers::Descriptor root;                   // what the name means now
  layers::Descriptor manifest_descriptor;    // of the wanted platform
  layers::Manifest manifest;
  layers::ImageConfig config;
  std::shared_ptr<registry::ImageSource> source;
};

// Resolves each base once per build, and each platform of it once. Thread-safe. Borrows `access`.
class BaseImages {
 public:
  // Places on disk are relative to `folder`, that of the spec.
  BaseImages(registry::Access& access, std::filesystem::path folder) : access_(access), folder_(std::move(folder)) {}

  // The manifest for that platform, else the highest level of its architecture that runs there. Error(not_found) listing the platforms there are when the wanted one is absent; Error(integrity) when manifest
  // and config contradict each other (hostile 117); Error(unsupported) for what is no image.
  const BaseImage& get(const std::string& place, const layers::Platform& platform);

 private:
  struct Opened {
    std::shared_ptr<registry::ImageSource> source;
    std::shared_ptr<const layers::Document> root;
  };
  const Opened& open(const std::string& place);

  registry::Access& access_;
  std::filesystem::path folder_;
  std::mutex mutex_;
  std::map<std::string, Opened> opened_;
  std::map<std::string, BaseImage> images_;  // by place and platform
};

}  // namespace whittle::builder
