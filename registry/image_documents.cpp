#include "registry/image_documents.hpp"

#include <fmt/format.h>

#include <utility>

#include "common/error.hpp"
#include "common/json.hpp"
#include "common/text.hpp"
#include "layers/media_types.hpp"

namespace whittle::registry {

void ImageDocuments::check_layers() const {
  if (config.diff_ids.size() == manifest.layers.size()) return;
  throw Error(ErrorKind::integrity,
              fmt::format("the manifest {} has {} layers, its config {} diffIDs", digest.text(),
                          manifest.layers.size(), config.diff_ids.size()));
}

ImageDocuments read_image(ImageSource& source, const layers::Document& document) {
  const auto what = fmt::format("the manifest {}", document.digest.text());
  auto manifest = layers::parse_manifest(document, what);
  if (!layers::media_type::is_config(manifest.config.media_type))
    throw Error(ErrorKind::unsupported, fmt::format("{} is no image: its config is of the type {}", what,
                                                    shown(manifest.config.media_type)));
  auto bytes = read_all(*source.open_blob(manifest.config), JsonLimits().bytes, "the config");
  auto config = layers::parse_config(bytes, "the config");
  return {document.digest, std::move(manifest), std::move(bytes), std::move(config)};
}

}  // namespace whittle::registry
