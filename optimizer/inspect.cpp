#include "optimizer/inspect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "attribution/layer_contents.hpp"
#include "attribution/report_json.hpp"
#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "layers/compression.hpp"
#include "layers/index_child.hpp"
#include "layers/media_types.hpp"
#include "layers/twin_names.hpp"
#include "optimizer/layer_names.hpp"
#include "registry/image_documents.hpp"
#include "registry/platform_choice.hpp"

namespace whittle::optimizer {
namespace {

bool is_layer_tar(const std::string& type) {
  return type.find("tar") != std::string::npos || type.find("rootfs.diff") != std::string::npos;
}

InspectedPlatform read_platform(registry::ImageSource& source, const layers::Document& document,
                                const layers::Descriptor& descriptor) {
  auto image = registry::read_image(source, document);
  image.check_layers();
  const auto& manifest = image.manifest;
  InspectedPlatform platform{descriptor, std::move(image.config), manifest.annotations, {}};
  const auto& config = platform.config;
  std::vector<std::string> created_by;
  for (const auto& entry : config.history)
    if (!entry.empty_layer) created_by.push_back(entry.created_by);
  for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
    platform.layers.push_back(
        {manifest.layers[i], config.diff_ids[i], {}, i < created_by.size() ? created_by[i] : ""});
    platform.compressed_size += manifest.layers[i].size;
  }
  return platform;
}

using Contents = std::map<std::string, attribution::LayerContents>;  // by digest

// Platforms share layers; each is read once.
Contents read_layers(registry::ImageSource& source, const std::vector<InspectedPlatform>& platforms,
                     const InspectOptions& options) {
  std::map<std::string, const InspectedLayer*> wanted;
  for (const auto& platform : platforms) {
    const auto names = layer_names(platform);
    for (std::size_t i = 0; i < platform.layers.size(); ++i) {
      const auto& layer = platform.layers[i];
      const bool is_wanted = options.layers == InspectOptions::Layers::all ||
                             (options.layers == InspectOptions::Layers::own && !is_of_base(names[i]));
      if (is_wanted && is_layer_tar(layer.descriptor.media_type))
        wanted[layer.descriptor.digest.text()] = &layer;
    }
  }
  attribution::ReadOptions reading{options.limits, options.scratch, options.most_nodes, 0,
                                   options.stop,   options.detail};
  std::vector<const InspectedLayer*> work;
  for (const auto& [digest, layer] : wanted) {
    work.push_back(layer);
    reading.image_size += layer->descriptor.size;
  }
  // The largest first, so that none of them is left for the end, when other threads have nothing more to do.
  std::stable_sort(work.begin(), work.end(), [](const InspectedLayer* a, const InspectedLayer* b) {
    return a->descriptor.size > b->descriptor.size;
  });
  std::vector<attribution::LayerContents> read(work.size());
  parallel_for(work.size(), options.jobs, options.stop, [&](std::size_t i) {
    read[i] = attribution::read_layer(source, work[i]->descriptor, work[i]->diff_id, reading);
  });
  Contents contents;
  for (std::size_t i = 0; i < work.size(); ++i)
    contents.emplace(work[i]->descriptor.digest.text(), std::move(read[i]));
  return contents;
}

// What is odd but harms nobody.
std::vector<std::string> oddities(const InspectedLayer& layer, const attribution::LayerContents& contents) {
  const auto what = fmt::format("the layer {}", layer.descriptor.digest.text());
  std::vector<std::string> warnings;
  if (const auto why = layers::mislabelled(layer.descriptor.media_type, contents.format))
    warnings.push_back(fmt::format("{} {}", what, *why));
  if (contents.broken)
    warnings.push_back(fmt::format("what is in {} is not known further: {}", what, *contents.broken));
  std::vector<std::string_view> paths;
  for (const auto& entry : contents.entries) paths.push_back(entry.path);
  if (const auto twins = layers::find_twins(paths))
    warnings.push_back(fmt::format("in {}, {}", what, twins->text()));
  return warnings;
}

void add_contents(const Contents& contents, bool are_all, InspectedPlatform& platform,
                  std::vector<std::string>& warnings) {
  std::vector<const attribution::LayerContents*> stack;
  for (auto& layer : platform.layers) {
    const auto found = contents.find(layer.descriptor.digest.text());
    if (found == contents.end()) continue;
    stack.push_back(&found->second);
    layer.uncompressed_size = found->second.size.raw;
    platform.uncompressed_size += found->second.size.raw;
    platform.tree.push_back({found->first, attribution::Node::Kind::layer, found->second.size,
                             attribution::nodes_of(found->second)});
  }
  if (!are_all) return;
  try {
    platform.waste = attribution::find_waste(stack);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::integrity) throw;
    warnings.push_back(
        fmt::format("what {} wastes is not known: {}", platform.config.platform.text(), error.message()));
  }
}

Json sizes_and_digest(const layers::Descriptor& descriptor) {
  return {
      {"mediaType", descriptor.media_type}, {"digest", descriptor.digest.text()}, {"size", descriptor.size}};
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
  Json json = {{"platform", platform.config.platform.text()},
               {"manifest", sizes_and_digest(platform.manifest)},
               {"annotations", platform.annotations},
               {"config", parse_json(layers::write_config(platform.config).bytes, "the config")},
               {"layers", list},
               {"size", platform.compressed_size},
               {"uncompressedSize", platform.uncompressed_size},
               {"tree", attribution::to_json(platform.tree)}};
  if (platform.waste) json["waste"] = attribution::to_json(*platform.waste);
  return json;
}

}  // namespace

Inspection inspect(registry::ImageSource& source, const InspectOptions& options) {
  auto root = source.root();
  Inspection result{root.descriptor(), {}, {}, {}, {}};
  if (options.platform) root = registry::choose_platforms(source, std::move(root), {*options.platform});
  if (layers::media_type::is_index(root.media_type)) {
    const auto index = layers::parse_index(root, "the index");
    result.annotations = index.annotations;
    for (const auto& child : index.manifests) {
      if (layers::is_image(child))
        result.platforms.push_back(read_platform(source, source.manifest(child), child));
      else
        result.others.push_back(child);
    }
  } else {
    result.platforms.push_back(read_platform(source, root, root.descriptor()));
  }
  const auto contents = read_layers(source, result.platforms, options);
  std::set<std::string> warnings;
  for (auto& platform : result.platforms) {
    add_contents(contents, options.layers == InspectOptions::Layers::all, platform, result.warnings);
    attribution::keep_largest(platform.tree, options.most_nodes / result.platforms.size());
    for (auto& layer : platform.tree) attribution::sort_by_size(layer.children);
    for (const auto& layer : platform.layers)
      if (const auto found = contents.find(layer.descriptor.digest.text()); found != contents.end())
        for (auto& warning : oddities(layer, found->second)) warnings.insert(std::move(warning));
  }
  result.warnings.insert(result.warnings.begin(), warnings.begin(), warnings.end());
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
