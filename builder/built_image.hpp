// An image that was just built, as a source to copy from: documents in memory, own layers in the store, the
// base's layers where the base is.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "layers/document.hpp"
#include "registry/image_io.hpp"
#include "registry/layout.hpp"

namespace whittle::builder {

class BuiltImage final : public registry::ImageSource {
 public:
  BuiltImage(std::string name, registry::Layout store) : name_(std::move(name)), store_(std::move(store)) {}

  // The last document added is the root.
  void add(layers::Document document);
  // A layer that comes from a base image.
  void add_foreign(const layers::Descriptor& layer, std::shared_ptr<registry::ImageSource> source);

  layers::Document root() override { return *root_; }
  layers::Document manifest(const layers::Descriptor& descriptor) override;
  std::unique_ptr<ByteSource> open_blob(const layers::Descriptor& descriptor) override;
  std::vector<std::string> mountable_from(const layers::Descriptor& blob, const std::string& host) override;
  std::string describe() const override { return name_; }

 private:
  std::string name_;
  registry::Layout store_;
  std::map<std::string, layers::Document> documents_;  // manifests and configs by digest
  std::map<std::string, std::shared_ptr<registry::ImageSource>> foreign_;
  std::optional<layers::Document> root_;
};

}  // namespace whittle::builder
