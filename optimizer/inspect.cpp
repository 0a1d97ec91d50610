#include "optimizer/inspect.hpp"

#include <fmt/format.h>

#include <map>
#include <mutex>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "layers/compression.hpp"
#include "layers/index_child.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"

namespace whittle::optimizer {
namespace {

constexpr std::size_t largest_config = 8U << 20U;

bool is_layer_tar(const std::string& type) {
  return type.find("tar") != std::string::npos || type.find("rootfs.diff") != std::string::npos;
}

InspectedPlatform read_platform(registry::ImageSource& source, const layers::Document& document,
                                const layers::Descriptor& descriptor) {
  const auto what = fmt::format("the manifest {}", document.digest.text());
  const auto manifest = layers::parse_manifest(document, what);
  if (!layers::media_type::is_config(manifest.config.media_type))
    throw Error(ErrorKind::unsupported, fmt::format("{} is no image: its config is of the type {}", what,
                                                    shown(manifest.config.media_type)));
  const auto blob = source.open_blob(manifest.config);
  InspectedPlatform platform{descriptor, layers::parse_config(read_all(*blob, largest_config, "the config"), "the config"),
                             manifest.annotations, {}};
  const auto& config = platform.config;
  if (config.diff_ids.size() != manifest.layers.size())
    throw Error(ErrorKind::integrity, fmt::format("{} has {} layers, its config {} diffIDs", what, manifest.layers.size(),
                                                  config.diff_ids.size()));
  std::vector<std::string> created_by;
  for (const auto& entry : config.history)
    if (!entry.empty_layer) created_by.push_back(entry.created_by);
  for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
    platform.layers.push_back({manifest.layers[i], config.diff_ids[i], {}, i < created_by.size() ? created_by[i] : ""});
    platform.compressed_size += manifest.layers[i].size;
  }
  return platform;
}

struct Measured {
  std::uint64_t size = 0;
  std::optional<std::string> warning = {};
};

Measured measure(registry::ImageSource& source, const InspectedLayer& layer, const Limits& limits) {
  const auto what = fmt::format("the layer {}", layer.descriptor.digest.text());
  const auto tar = layers::decompress(source.open_blob(layer.descriptor), what, limits);
  CountingSink count;
  DigestingSink digest(count);
  pump(*tar, digest);
  const Digest actual = digest.finish();
  if (layer.diff_id && layer.diff_id->algorithm() == actual.algorithm() && actual != *layer.diff_id)
    throw Error(ErrorKind::integrity, fmt::format("{} unpacks to {}, its config states {}", what, actual.text(),
                                                  layer.diff_id->text()));
  Measured measured{count.count()};
  if (const auto why = layers::mislabelled(layer.descriptor.media_type, tar->format()))
    measured.warning = fmt::format("{} {}", what, *why);
  return measured;
}

Json sizes_and_digest(const layers::Descriptor& descriptor) {
  return {{"mediaType", descriptor.media_type}, {"digest", descriptor.digest.text()}, {"size", descriptor.size}};
}

Json to_json(const InspectedLayer& layer) {
  Json json = sizes_and_digest(layer.descriptor);
  if (layer.diff_id) json["diffID"] = layer.diff_id->text();
  if (layer.uncompressed_size) json["uncompressedSize"] = *layer.uncompressed_size;
  if (!layer.created_by.empty()) json["createdBy"] = layer.created_by;
  return json;
}

Json to_json(const InspectedPlatform& platform) {
  Json list = Json::array();
  for (const auto& layer : platform.layers) list.push_back(to_json(layer));
  return {{"platform", platform.config.platform.text()},
          {"manifest", sizes_and_digest(platform.manifest)},
          {"annotations", platform.annotations},
          {"config", parse_json(layers::write_config(platform.config).bytes, "the config")},
          {"layers", list},
          {"size", platform.compressed_size},
          {"uncompressedSize", platform.uncompressed_size}};
}

}  // namespace

Inspection inspect(registry::ImageSource& source, unsigned jobs, const std::stop_token& stop,
                   const Limits& limits) {
  const auto root = source.root();
  Inspection result{root.descriptor(), {}, {}, {}, {}};
  if (layers::media_type::is_index(root.media_type)) {
    const auto index = layers::parse_index(root, "the index");
    result.annotations = index.annotations;
    for (const auto& child : index.manifests) {
      if (layers::is_image(child)) result.platforms.push_back(read_platform(source, source.manifest(child), child));
      else result.others.push_back(child);
    }
  } else {
    result.platforms.push_back(read_platform(source, root, root.descriptor()));
  }
  // Platforms share layers; each is read once.
  std::map<std::string, std::vector<InspectedLayer*>> by_digest;
  for (auto& platform : result.platforms)
    for (auto& layer : platform.layers)
      if (is_layer_tar(layer.descriptor.media_type)) by_digest[layer.descriptor.digest.text()].push_back(&layer);
  std::vector<std::vector<InspectedLayer*>> work;
  for (auto& [digest, same] : by_digest) work.push_back(std::move(same));
  std::vector<Measured> measured(work.size());
  parallel_for(work.size(), jobs, stop,
               [&](std::size_t i) { measured[i] = measure(source, *work[i].front(), limits); });
  for (std::size_t i = 0; i < work.size(); ++i) {
    for (auto* layer : work[i]) layer->uncompressed_size = measured[i].size;
    if (measured[i].warning) result.warnings.push_back(*measured[i].warning);
  }
  for (auto& platform : result.platforms)
    for (const auto& layer : platform.layers) platform.uncompressed_size += layer.uncompressed_size.value_or(0);
  return result;
}

Json to_json(const Inspection& inspection, const std::string& place) {
  Json platforms = Json::array();
  for (const auto& platform : inspection.platforms) platforms.push_back(to_json(platform));
  Json others = Json::array();
  for (const auto& other : inspection.others) others.push_back(sizes_and_digest(other));
  return {{"schemaVersion", 1},
          {"place", as_utf8(place)},
          {"root", sizes_and_digest(inspection.root)},
          {"annotations", inspection.annotations},
          {"platforms", platforms},
          {"others", others}};
}

}  // namespace whittle::optimizer
