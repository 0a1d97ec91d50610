#include "slimming/slim.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/parallel.hpp"
#include "layers/index_child.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "registry/foreign_layers.hpp"
#include "registry/platform_choice.hpp"
#include "registry/reporting_source.hpp"
#include "slimming/new_documents.hpp"
#include "slimming/recompress.hpp"
#include "slimming/slimmed_image.hpp"
#include "slimming/slimmed_platform.hpp"

namespace whittle::slimming {
namespace {

constexpr const char* attested = "vnd.docker.reference.digest";  // BuildKit, of what an attestation is

class Story {
 public:
  Story(registry::ImageSource& source, registry::Layout store, const SlimOptions& options, Reporter& reporter,
        const std::stop_token& stop)
      : source_(source), store_(std::move(store)), options_(options), reporter_(reporter), stop_(stop) {}

  SlimmedResult run() {
    auto root = source_.root();
    if (!options_.platforms.empty())
      root = registry::choose_platforms(source_, std::move(root), options_.platforms);
    result_.before = root.descriptor();
    if (layers::media_type::is_index(root.media_type))
      root = index(std::move(root));
    else if (auto changed = platform(root, root.descriptor()))
      root = std::move(*changed);
    result_.changed = root.digest != result_.before.digest;
    result_.image = std::make_unique<SlimmedImage>(source_, store_, std::move(root), std::move(documents_),
                                                   std::move(layers_));
    return std::move(result_);
  }

 private:
  // An index of the same children; images are smaller, and what attests to bytes that are no more is left
  // out.
  layers::Document index(layers::Document document) {
    auto index = layers::parse_index(document, "the index");
    std::map<Digest, layers::Document> changed;
    for (const auto& child : index.manifests) {
      if (!layers::is_image(child) || changed.contains(child.digest)) continue;
      if (auto manifest = platform(source_.manifest(child), child))
        changed.emplace(child.digest, std::move(*manifest));
    }
    if (changed.empty()) return document;
    std::vector<layers::Descriptor> children;
    for (auto& child : index.manifests) {
      const auto found = changed.find(child.digest);
      if (found != changed.end())
        children.push_back(child_with(std::move(child), found->second));
      else if (attests_to(child, changed))
        result_.left_out.push_back(std::move(child));
      else
        children.push_back(std::move(child));
    }
    index.manifests = std::move(children);
    index.media_type = layers::media_type::oci_index;
    return layers::write_index(index);
  }
  static bool attests_to(const layers::Descriptor& child, const std::map<Digest, layers::Document>& changed) {
    const auto subject = child.annotations.find(attested);
    return subject != child.annotations.end() &&
           std::any_of(changed.begin(), changed.end(),
                       [&](const auto& one) { return one.first.text() == subject->second; });
  }

  // The new manifest, when anything changed.
  std::optional<layers::Document> platform(const layers::Document& document,
                                           const layers::Descriptor& descriptor) {
    if (options_.is_far) fetch(document);
    SlimmedImage source(source_, store_, document);
    auto slimmed =
        options_.recompress
            ? recompress_platform(source, store_, document, descriptor, options_, reporter_, stop_)
            : slim_platform(source, store_, document, descriptor, options_, on_file(), reporter_, stop_);
    result_.platforms.push_back(std::move(slimmed.report));
    if (!slimmed.manifest) return std::nullopt;
    layers_.merge(slimmed.layers);
    documents_.push_back(std::move(*slimmed.config));
    documents_.push_back(*slimmed.manifest);
    return std::move(slimmed.manifest);
  }

  OnFile on_file() const {
    if (!options_.on_file) return {};
    return [this](const FileReport& file) { options_.on_file(result_.platforms.size(), file); };
  }

  // Layers that stay are read twice, here and when they are copied: from the store.
  void fetch(const layers::Document& document) {
    std::map<Digest, layers::Descriptor> wanted;
    for (const auto& layer : layers::parse_manifest(document, "the manifest").layers)
      if (!registry::is_nondistributable(layer) && !store_.has_blob(layer.digest, layer.size))
        wanted.emplace(layer.digest, layer);
    std::vector<layers::Descriptor> work;
    for (auto& [digest, layer] : wanted) work.push_back(std::move(layer));
    parallel_for(work.size(), options_.jobs, stop_, [&](std::size_t i) {
      const auto task = reporter_.start(fmt::format("fetching {}", work[i].digest.short_hex()), work[i].size);
      registry::Progress progress(*task);
      registry::ReportingSource blob(source_.open_blob(work[i]), progress);
      store_.put_blob(blob, work[i].digest);
    });
  }

  registry::ImageSource& source_;
  registry::Layout store_;
  const SlimOptions& options_;
  Reporter& reporter_;
  const std::stop_token& stop_;
  std::vector<layers::Document> documents_ = {};
  std::set<Digest> layers_ = {};
  SlimmedResult result_ = {{{}, Digest::of(std::string_view()), 0}, nullptr};
};

}  // namespace

SlimmedResult slim(registry::ImageSource& source, registry::Layout store, const SlimOptions& options,
                   Reporter& reporter, const std::stop_token& stop) {
  return Story(source, std::move(store), options, reporter, stop).run();
}

}  // namespace whittle::slimming
