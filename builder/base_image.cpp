#include "builder/base_image.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "builder/kept_source.hpp"
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
    if (child.platform->runs_on(wanted) && (best == nullptr || best->platform->runs_on(*child.platform)))
      best = &child;
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

BaseImage read_image(const std::string& name, const layers::Document& document,
                     std::shared_ptr<registry::ImageSource> source) {
  if (!layers::media_type::is_manifest(document.media_type))
    throw Error(ErrorKind::unsupported,
                fmt::format("it is of the type {}, not an image", document.media_type));
  BaseImage image{name,
                  document.descriptor(),
                  layers::parse_manifest(document, "the base's manifest"),
                  {},
                  std::move(source)};
  if (!layers::media_type::is_config(image.manifest.config.media_type))
    throw Error(ErrorKind::unsupported, fmt::format("its config is of the type {}, not an image's",
                                                    image.manifest.config.media_type));
  const auto blob = image.source->open_blob(image.manifest.config);
  image.config =
      layers::parse_config(read_all(*blob, largest_config, "the base's config"), "the base's config");
  check_counts(image);
  image.annotations = {{"org.opencontainers.image.base.name", name},
                       {"org.opencontainers.image.base.digest", document.digest.text()}};
  return image;
}

}  // namespace

layers::Descriptor choose_manifest(const layers::Document& root, const layers::Platform& platform) {
  if (!layers::media_type::is_index(root.media_type)) return root.descriptor();
  return choose(layers::parse_index(root, "the base's index"), platform);
}

const BaseImages::Opened& BaseImages::open(const std::string& place) {
  const auto found = opened_.find(place);
  if (found != opened_.end()) return found->second;
  auto parsed = registry::Place::parse(place);
  if (parsed.kind == registry::Place::Kind::layout && parsed.folder.is_relative())
    parsed.folder = folder_ / parsed.folder;
  if (!parsed.file.empty() && !parsed.is_stream() && parsed.file.is_relative())
    parsed.file = folder_ / parsed.file;
  std::shared_ptr<registry::ImageSource> source = access_.source(parsed);
  auto root = std::make_shared<const layers::Document>(source->root());
  return opened_.emplace(place, Opened{std::move(source), std::move(root)}).first->second;
}

BaseImage BaseImages::found_image(const std::string& name, const layers::Platform& platform) {
  const Opened& opened = open(name);
  const auto chosen = choose_manifest(*opened.root, platform);
  const auto document = chosen.digest == opened.root->digest ? *opened.root : opened.source->manifest(chosen);
  return read_image(name, document, opened.source);
}

BaseImage BaseImages::locked_image(const std::string& name, const registry::Place& place, const Digest& root,
                                   const Digest& manifest) {
  const auto open = [this, place](const Digest& digest) -> std::shared_ptr<registry::ImageSource> {
    if (offline_)
      throw Error(ErrorKind::not_found,
                  "a part of it is not in the cache, and no registry is asked: --offline")
          .hint("build once without --offline");
    auto at = place;
    at.digest = at.reference->digest = digest;
    return access_.source(at);
  };
  const auto source = std::make_shared<KeptSource>(store_, open, root, name);
  return read_image(name, source->document(manifest), source);
}

const BaseImage& BaseImages::get(const std::string& name, const layers::Platform& platform) {
  const std::lock_guard lock(mutex_);
  const std::string key = platform.text() + ' ' + name;
  const auto found = images_.find(key);
  if (found != images_.end()) return found->second;
  return in_context(
      [&] { return fmt::format("reading the base image {}", name); },
      [&]() -> const BaseImage& {
        const auto locked = lock_.images.find(name);
        auto image = locked != lock_.images.end()
                         ? locked_image(name, registry::Place::parse(name), locked->second.root,
                                        locked->second.manifests.at(platform.text()))
                         : found_image(name, platform);
        if (!image.config.platform.runs_on(platform))
          throw Error(ErrorKind::not_found,
                      fmt::format("it is for {}, not for {}", image.config.platform.text(), platform.text()));
        return images_.emplace(key, std::move(image)).first->second;
      });
}

}  // namespace whittle::builder
