#include "slimming/new_documents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "layers/media_types.hpp"

namespace whittle::slimming {
namespace {

namespace media_type = layers::media_type;

bool has_layer(const Json& entry) {
  const auto found = entry.find("empty_layer");
  return found == entry.end() || found->is_null() || !found->get<bool>();
}

std::string text_of(const NewLayer& layer) {
  return layer.first == layer.last ? fmt::format("layer {}", layer.first + 1)
                                   : fmt::format("layers {} to {}", layer.first + 1, layer.last + 1);
}

// config.md: an entry for each layer, and entries that say they have none.
Json history_with(const Json& old, const std::vector<NewLayer>& layers) {
  Json history = Json::array();
  auto at = layers.begin();
  std::size_t number = 0;  // of the layer that an entry made
  for (auto entry : old) {
    if (!has_layer(entry)) {
      history.push_back(std::move(entry));
      continue;
    }
    while (at != layers.end() && at->last < number) ++at;
    const bool is_of = at != layers.end() && at->first <= number;
    const bool stays = is_of && at->stays;
    if (!stays) entry["empty_layer"] = true;
    const auto created = entry.value("created", Json());
    history.push_back(std::move(entry));
    if (is_of && !stays && at->last == number) {
      Json made = {{"created_by", "whittle slim"}, {"comment", fmt::format("made of {}", text_of(*at))}};
      if (!created.is_null()) made["created"] = created;
      history.push_back(std::move(made));
    }
    ++number;
  }
  return history;
}

layers::Descriptor in_oci_form(layers::Descriptor layer) {
  if (layer.media_type == media_type::docker_layer_gzip) layer.media_type = media_type::oci_layer_gzip;
  return layer;
}

}  // namespace

layers::Document config_with(const Json& config, const std::vector<NewLayer>& layers) {
  Json changed = config;
  Json diff_ids = Json::array();
  for (const auto& layer : layers) diff_ids.push_back(layer.diff_id.text());
  changed["rootfs"]["diff_ids"] = std::move(diff_ids);
  if (const auto history = config.find("history");
      history != config.end() && history->is_array() && !history->empty())
    changed["history"] = history_with(*history, layers);
  return {std::string(media_type::oci_config), canonical(changed)};
}

layers::Document manifest_with(layers::Manifest manifest, const Digest& from, const layers::Document& config,
                               const std::vector<NewLayer>& layers, const std::string& rules) {
  manifest.media_type = media_type::oci_manifest;
  auto annotations = std::move(manifest.config.annotations);
  manifest.config = config.descriptor();
  manifest.config.annotations = std::move(annotations);
  manifest.layers.clear();
  for (const auto& layer : layers) manifest.layers.push_back(in_oci_form(layer.descriptor));
  manifest.annotations["dev.whittle.slim.from"] = from.text();
  manifest.annotations["dev.whittle.slim.rules"] = rules;
  return layers::write_manifest(manifest);
}

layers::Descriptor child_with(layers::Descriptor child, const layers::Document& manifest) {
  child.media_type = manifest.media_type;
  child.digest = manifest.digest;
  child.size = manifest.bytes.size();
  return child;
}

}  // namespace whittle::slimming
