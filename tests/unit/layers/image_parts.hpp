// One image of two layers, that can be spoilt before it is put together.
#pragma once

#include <string>
#include <vector>

#include "layers/config.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "tests/support/image_validator.hpp"
#include "tests/support/memory_image.hpp"
#include "tests/unit/layers/helpers.hpp"

namespace whittle::test {

struct ImageParts {
  MemoryImage image;
  std::vector<layers::Descriptor> layers = {};
  layers::ImageConfig config{layers::Platform::parse("linux/amd64")};

  ImageParts() {
    for (const auto* name : {"etc/file", "usr/bin/api"}) {
      layers::FileTree tree;
      tree.add(name, file(name));
      Written result = written(tree);
      add_layer(result.layer.descriptor.media_type, result.bytes, result.layer.diff_id);
    }
  }

  void add_layer(std::string_view media_type, const std::string& bytes, const Digest& diff_id) {
    layers.push_back(image.add_blob(std::string(media_type), bytes));
    config.diff_ids.push_back(diff_id);
    config.history.push_back({"", "a layer", "", "", false});
  }
  layers::Document manifest() {
    const layers::Descriptor described = image.add_document(layers::write_config(config));
    const layers::Document document =
        layers::write_manifest({std::string(layers::media_type::oci_manifest), described, layers});
    image.add_document(document);
    return document;
  }
  std::vector<std::string> judged(const ValidatorOptions& options = {}) {
    image.set_root(manifest());
    return violations(image, options);
  }
};

}  // namespace whittle::test
