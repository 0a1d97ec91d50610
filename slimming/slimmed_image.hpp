// An image that was made smaller, as a source to copy from: new documents in memory, new layers in the store,
// and all else where the old image is.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "layers/document.hpp"
#include "registry/image_io.hpp"
#include "registry/layout.hpp"

namespace whittle::slimming {

// Borrows the old image.
class SlimmedImage final : public registry::ImageSource {
 public:
  // `documents` are new manifests and configs, `layers` new ones. A layer of the old image that the store has
  // as well is read from there.
  SlimmedImage(registry::ImageSource& old, registry::Layout store, layers::Document root,
               std::vector<layers::Document> documents = {}, std::set<Digest> layers = {});

  layers::Document root() override { return root_; }
  layers::Document manifest(const layers::Descriptor& descriptor) override;
  std::unique_ptr<ByteSource> open_blob(const layers::Descriptor& descriptor) override;
  std::vector<std::string> mountable_from(const layers::Descriptor& blob, const std::string& host) override;
  std::string describe() const override { return old_.describe(); }

 private:
  registry::ImageSource& old_;
  registry::Layout store_;
  layers::Document root_;
  std::map<Digest, layers::Document> documents_ = {};
  std::set<Digest> layers_;
};

}  // namespace whittle::slimming
