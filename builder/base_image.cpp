#include "builder/base_image.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "common/error.hpp"
#include "layers/media_types.hpp"
#include "registry/place.hpp"

namespace whittle::builder {
namespace {

constexpr std::size_t largest_config = 8U << 20U;

layers::Descriptor choose(const layers::Index& index, const layers::Platform& wanted) {
  std::vector<std::string> present;
  const layers::Descriptor* best = nullptr;
  for (const auto& child : index.manifests) {
    if (!child.platform || child.platform->architecture == "unknown") continue;  // attestations
    if (child.platform->matches(wanted)) return child;
    if (child.platform->runs_on(wanted) && (best == nullptr || best->platform->runs_on(*child.platform))) best = &child;
    present.push_back(child.platform->text());
  }
  if (best != nullptr) return *best;
  throw Error(ErrorKind::not_found, fmt::format("it has no manifest for {}; there are: {}", wanted.text(),
                                                fmt::join(present, ", ")))
      .hint("choose among those with `platforms:` in the spec or --platform");
}

void check_counts(const BaseImage& image) {
  const auto layers = image.manifest.layers.size();
  if (layers != image.config.diff_ids.size())
    throw Error(ErrorKind::integrity, fmt::format("its manifest has {} layers, its config {} diffIDs", layers,
                                                  image.config.diff_ids.size()));
}

}  // namespace

const BaseImages::Opened& BaseImages::open(const std::string& place) {
  const auto found = opened_.find(place);
  if (found != opened_.end()) return found->second;
  auto parsed = registry::Place::parse(place);
  if (parsed.kind == registry::Place::Kind::layout && parsed.folder.is_relative()) parsed.folder = folder_ / parsed.folder;
  if (!parsed.file.empty() && !parsed.is_stream() && parsed.file.is_relative()) parsed.file = folder_ / parsed.file;
  std::shared_ptr<registry::ImageSource> source = access_.source(parsed);
  auto root = std::make_shared<const layers::Document>(source->root());
  return opened_.emplace(place, Opened{std::move(source), std::move(root)}).first->second;
}

const BaseImage& BaseImages::get(const std::string& place, const layers::Platform& platform) {
  const std::lock_guard lock(mutex_);
  const std::string key = platform.text() + ' ' + place;
  const auto found = images_.find(key);
  if (found != images_.end()) return found->second;
  return in_context([&] { return fmt::format("reading the base image {}", place); }, [&]() -> const BaseImage& {
    const Opened& opened = open(place);
    BaseImage image{place, opened.root->descriptor(), opened.root->descriptor(), {"", opened.root->descriptor(), {}}, {}, opened.source};
    layers::Document document = *opened.root;
    if (layers::media_type::is_index(document.media_type)) {
      image.manifest_descriptor = choose(layers::parse_index(document, "the base's index"), platform);
      document = image.source->manifest(image.manifest_descriptor);
    }
    if (!layers::media_type::is_manifest(document.media_type))
      throw Error(ErrorKind::unsupported, fmt::format("it is of the type {}, not an image", document.media_type));
    image.manifest = layers::parse_manifest(document, "the base's manifest");
    if (!layers::media_type::is_config(image.manifest.config.media_type))
      throw Error(ErrorKind::unsupported, fmt::format("its config is of the type {}, not an image's", image.manifest.config.media_type));
    const auto blob = image.source->open_blob(image.manifest.config);
    image.config = layers::parse_config(read_all(*blob, largest_config, "the base's config"), "the base's config");
    check_counts(image);
    if (!image.config.platform.runs_on(platform))
      throw Error(ErrorKind::not_found, fmt::format("it is for {}, not for {}", image.config.platform.text(), platform.text()));
    return images_.emplace(key, std::move(image)).first->second;
  });
}

}  // namespace whittle::builder
