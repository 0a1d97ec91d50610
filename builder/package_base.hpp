// Bases with a layer of Debian packages: `static` and the like, and any base with the spec's `packages` on
// it. Each is an image like any other, made here of what the lock names, and found again in whittle's store.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "builder/assemble.hpp"
#include "builder/base_folders.hpp"
#include "builder/base_image.hpp"
#include "builder/lock.hpp"
#include "builder/origins.hpp"
#include "builder/requirements.hpp"

namespace whittle::builder {

// Borrows everything; one thread.
class PackageBases {
 public:
  struct Parts {
    const Lock& lock;
    Origins& origins;
    Assembler& assembler;
    BaseFolders& folders;
    registry::Layout& store;
    std::filesystem::path scratch;  // an existing folder for files without names
  };
  explicit PackageBases(Parts parts) : parts_(std::move(parts)) {}

  // `below`, or nothing, with the packages of `image` for a platform on it. Null when it has none and is
  // built on none of our bases. The packages are fetched only when the layer is not in the store.
  const BaseImage* get(const ImageSpec& image, const layers::Platform& platform, std::int64_t epoch,
                       const BaseImage* below);

 private:
  const BaseImage& with_set(const PackageSet& set, const ImageSpec& image, const layers::Platform& platform,
                            std::int64_t epoch, const BaseImage* below);
  layers::FileTree tree_of(const PackageSet& set, const ImageSpec& image,
                           const std::vector<std::string>& keys, const BaseImage* below);
  BaseImage assembled(const PackageSet& set, const layers::Platform& platform, std::int64_t epoch,
                      const AssembledLayer& layer, const BaseImage* below);

  Parts parts_;
  std::map<std::string, std::unique_ptr<BaseImage>> made_;  // by all that decides it
};

}  // namespace whittle::builder
