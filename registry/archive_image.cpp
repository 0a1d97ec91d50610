#include "registry/archive_image.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/error.hpp"
#include "common/json.hpp"
#include "common/text.hpp"
#include "layers/config.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "registry/layout_index.hpp"

namespace whittle::registry {
namespace {

namespace media_type = layers::media_type;

constexpr std::string_view containerd_name = "io.containerd.image.name";  // what Docker's own archives say

void add_layout_files(TarImage& image, const std::vector<layers::Descriptor>& entries) {
  Json manifests = Json::array();
  for (const auto& entry : entries) manifests.push_back(to_json(entry));
  image.add(std::string(index_file), canonical({{"schemaVersion", 2},
                                                {"mediaType", media_type::oci_index},
                                                {"manifests", std::move(manifests)}}));
  image.add(std::string(layout_file), std::string(layout_text));
}

// As Docker prints a name: without its own registry and that one's `library/`.
std::string familiar_name(const Reference& reference) {
  if (reference.host != "docker.io") return reference.name();
  static constexpr std::string_view official = "library/";
  const bool short_form = reference.repository.starts_with(official);
  return short_form ? reference.repository.substr(official.size()) : reference.repository;
}

std::string platforms_of(const layers::Document& index) {
  std::vector<std::string> names;
  for (const auto& child : layers::parse_index(index, fmt::format("index {}", index.digest.text())).manifests)
    if (child.platform && child.platform->os != "unknown") names.push_back(child.platform->text());
  return names.empty() ? "none that it names"
                       : escaped(fmt::format("{}", fmt::join(names, ", ")), false, 1000);
}

}  // namespace

void ArchiveDestination::put_manifest(const layers::Document& document, const std::string& tag) {
  if (!tag.empty()) return put_root(document, {tag});
  staged_.put(document);
}

void ArchiveDestination::put_root(const layers::Document& root, const std::vector<std::string>& tags) {
  if (options_.only && *options_.only != root.digest)
    throw Error(ErrorKind::integrity, fmt::format("{} accepts {} only, the image is {}", options_.place,
                                                  options_.only->text(), root.digest.text()));
  staged_.put(root);
  TarImage image(staged_);
  describe_in(image, root, tags);
  options_.deliver(image, root);
}

void OciArchiveDestination::describe_in(TarImage& image, const layers::Document& root,
                                        const std::vector<std::string>& tags) const {
  std::vector<layers::Descriptor> entries;
  for (const auto& tag : tags) {
    entries.push_back(root.descriptor());
    entries.back().annotations[std::string(ref_name)] = tag;
  }
  if (tags.empty()) entries.push_back(root.descriptor());
  add_layout_files(image, entries);
}

void DockerArchiveDestination::accept(const layers::Document& root) {
  if (!media_type::is_index(root.media_type)) return;
  throw Error(ErrorKind::usage,
              fmt::format("{} holds an image for one platform, not an index of several", describe()))
      .hint(fmt::format("choose one with --platform: {}", platforms_of(root)));
}

void DockerArchiveDestination::describe_in(TarImage& image, const layers::Document& root,
                                           const std::vector<std::string>& tags) const {
  const auto what = fmt::format("manifest {}", root.digest.text());
  const auto manifest = layers::parse_manifest(root, what);
  const auto config = layers::parse_config(staged().read(manifest.config, JsonLimits().bytes),
                                           fmt::format("configuration {}", manifest.config.digest.text()));
  if (config.diff_ids.size() != manifest.layers.size())
    throw Error(
        ErrorKind::unsupported,
        fmt::format("{} has {} layers, its configuration {} diffIDs: it is no image that Docker could run",
                    what, manifest.layers.size(), config.diff_ids.size()));
  Json layers = Json::array();
  for (const auto& layer : manifest.layers) {
    if (!staged().has(layer))
      throw Error(ErrorKind::unsupported,
                  fmt::format("layer {} is not distributable, and a Docker archive holds "
                              "all layers",
                              layer.digest.text()));
    layers.push_back(blob_member(layer.digest));
  }
  Json names = Json::array();
  std::vector<layers::Descriptor> entries;
  for (const auto& tag : tags) {
    if (!name_) break;
    names.push_back(fmt::format("{}:{}", familiar_name(*name_), tag));
    entries.push_back(root.descriptor());
    entries.back().annotations[std::string(containerd_name)] = fmt::format("{}:{}", name_->name(), tag);
    entries.back().annotations[std::string(ref_name)] = tag;
  }
  if (entries.empty()) entries.push_back(root.descriptor());
  add_layout_files(image, entries);
  Json item = {{"Config", blob_member(manifest.config.digest)},
               {"RepoTags", std::move(names)},
               {"Layers", std::move(layers)}};
  image.add("manifest.json", canonical(Json::array({std::move(item)})));
}

}  // namespace whittle::registry
