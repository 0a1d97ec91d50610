// An image to build on: its config is inherited, its layers are carried by digest and never unpacked.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "builder/lock.hpp"
#include "layers/config.hpp"
#include "layers/manifest.hpp"
#include "layers/platform.hpp"
#include "registry/access.hpp"
#include "registry/layout.hpp"

namespace whittle::builder {

struct BaseImage {
  std::string name;                        // as the spec writes it
  layers::Descriptor manifest_descriptor;  // of the wanted platform
  layers::Manifest manifest;
  layers::ImageConfig config;
  std::shared_ptr<registry::ImageSource> source;
  std::map<std::string, std::string> annotations = {};  // what an image on it says of it
};

// The manifest for that platform in an index, else the one of the highest level of its architecture that runs
// there; the root itself when it is no index. Error(not_found) listing the platforms there are when the
// wanted one is absent.
layers::Descriptor choose_manifest(const layers::Document& root, const layers::Platform& platform);

// Resolves each base once per build, and each platform of it once. Thread-safe. Borrows all but the store.
class BaseImages {
 public:
  // Places on disk are relative to `folder`, that of the spec. What the lock has is taken by its digest, and
  // kept in the store; when `offline` nothing else is.
  BaseImages(registry::Access& access, std::filesystem::path folder, const Lock& lock, registry::Layout store,
             bool offline)
      : access_(access),
        folder_(std::move(folder)),
        lock_(lock),
        store_(std::move(store)),
        offline_(offline) {}

  // The image for that platform. Error(not_found) as choose_manifest(); Error(integrity) when manifest and
  // config contradict each other (hostile 117); Error(unsupported) for what is no image.
  const BaseImage& get(const std::string& place, const layers::Platform& platform);

 private:
  struct Opened {
    std::shared_ptr<registry::ImageSource> source;
    std::shared_ptr<const layers::Document> root;
  };
  const Opened& open(const std::string& place);
  BaseImage locked_image(const std::string& name, const registry::Place& place, const Digest& root,
                         const Digest& manifest);
  BaseImage found_image(const std::string& name, const layers::Platform& platform);

  registry::Access& access_;
  std::filesystem::path folder_;
  const Lock& lock_;
  registry::Layout store_;
  bool offline_;
  std::mutex mutex_;
  std::map<std::string, Opened> opened_;
  std::map<std::string, BaseImage> images_;  // by place and platform
};

}  // namespace whittle::builder
