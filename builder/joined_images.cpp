#include "builder/joined_images.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "common/error.hpp"
#include "common/text.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "registry/place.hpp"

namespace whittle::builder {
namespace {

constexpr std::string_view fleet_type = "application/vnd.whittle.fleet.v1+json";
constexpr const char* name_annotation = "dev.whittle.image";

layers::Document index_of(const std::vector<ReportedImage>& images) {
  layers::Index index{std::string(layers::media_type::oci_index), {}};
  index.artifact_type = fleet_type;
  for (const auto& image : images) {
    auto descriptor = image.root;
    descriptor.annotations.insert_or_assign(name_annotation, image.name);
    index.manifests.push_back(std::move(descriptor));
  }
  return layers::write_index(index);
}

}  // namespace

Costs JoinedImages::costs() const {
  Costs result;
  for (const auto& image : images) result.insert_or_assign(image.name, image.cost);
  return result;
}

JoinedImages joined(const std::vector<ShardReport>& reports, const std::vector<std::string>& wanted) {
  std::map<std::string, ReportedImage> images;
  std::set<std::string> unaffected;
  for (const auto& report : reports) {
    unaffected.insert(report.unaffected.begin(), report.unaffected.end());
    for (const auto& image : report.images) {
      const auto [known, is_new] = images.emplace(image.name, image);
      if (!is_new && known->second.root.digest != image.root.digest)
        throw Error(
            ErrorKind::integrity,
            fmt::format("two shards have built {}, and not the same image: {} and {}", escaped(image.name),
                        known->second.root.digest.text(), image.root.digest.text()))
            .hint("look what differs: `whittle diff`");
    }
  }
  std::vector<std::string> missing;
  for (const auto& name : wanted)
    if (!images.contains(name) && !unaffected.contains(name)) missing.push_back(name);
  if (!missing.empty())
    throw Error(ErrorKind::not_found, fmt::format("no shard has built {}", fmt::join(missing, ", ")))
        .hint("run the shards again, all from the same commit and with the same cache");
  JoinedImages result;
  for (auto& [name, image] : images) {
    unaffected.erase(name);
    result.images.push_back(std::move(image));
  }
  result.unaffected.assign(unaffected.begin(), unaffected.end());
  return result;
}

JoinedIndex::JoinedIndex(const std::vector<ReportedImage>& images, registry::Access& access)
    : root_(index_of(images)) {
  for (const auto& image : images) {
    if (image.places.empty())
      throw Error(ErrorKind::not_found, fmt::format("{} was written nowhere", escaped(image.name)));
    sources_.emplace(image.root.digest, access.source(registry::Place::parse(image.places.front())));
  }
}

// What a document names is where the document is.
layers::Document JoinedIndex::manifest(const layers::Descriptor& descriptor) {
  if (descriptor.digest == root_.digest) return root_;
  const auto source = source_of(descriptor.digest);
  auto document = source->manifest(descriptor);
  const std::string what = fmt::format("the manifest {}", descriptor.digest.text());
  std::vector<layers::Descriptor> parts;
  if (layers::media_type::is_index(document.media_type)) {
    parts = layers::parse_index(document, what).manifests;
  } else {
    const auto manifest = layers::parse_manifest(document, what);
    parts = manifest.layers;
    parts.push_back(manifest.config);
  }
  const std::lock_guard lock(mutex_);
  for (const auto& part : parts) sources_.emplace(part.digest, source);
  return document;
}

std::unique_ptr<ByteSource> JoinedIndex::open_blob(const layers::Descriptor& descriptor) {
  return source_of(descriptor.digest)->open_blob(descriptor);
}

std::vector<std::string> JoinedIndex::mountable_from(const layers::Descriptor& blob,
                                                     const std::string& host) {
  return source_of(blob.digest)->mountable_from(blob, host);
}

std::shared_ptr<registry::ImageSource> JoinedIndex::source_of(const Digest& digest) {
  const std::lock_guard lock(mutex_);
  const auto found = sources_.find(digest);
  if (found == sources_.end())
    throw Error(ErrorKind::not_found, fmt::format("no image of the shards has {}", digest.text()));
  return found->second;
}

}  // namespace whittle::builder
