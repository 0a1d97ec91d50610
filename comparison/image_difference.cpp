#include "comparison/image_difference.hpp"

#include <fmt/format.h>

#include <map>

#include "common/error.hpp"
#include "common/text.hpp"
#include "comparison/causes.hpp"
#include "comparison/config_difference.hpp"
#include "comparison/layer_alignment.hpp"
#include "comparison/layer_difference.hpp"
#include "comparison/map_difference.hpp"
#include "comparison/tree_difference.hpp"
#include "layers/config.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "registry/image_documents.hpp"
#include "registry/platform_choice.hpp"

namespace whittle::comparison {
namespace {

// An image for one platform, with its documents read.
struct PlatformImage {
  registry::ImageSource* source;
  layers::Document document;
  layers::Manifest manifest;
  layers::ImageConfig config;
  std::string config_bytes;

  LayerInput layer(std::size_t index) const {
    LayerInput input{source, manifest.layers[index], {}};
    if (index < config.diff_ids.size()) input.diff_id = config.diff_ids[index];
    return input;
  }
  std::vector<LayerIdentity> identities() const {
    std::vector<LayerIdentity> identities;
    for (std::size_t i = 0; i < manifest.layers.size(); ++i)
      identities.push_back(
          {manifest.layers[i].digest.text(), i < config.diff_ids.size() ? config.diff_ids[i].text() : ""});
    return identities;
  }
};

PlatformImage read_platform(registry::ImageSource& source, layers::Document document) {
  auto image = registry::read_image(source, document);
  image.check_layers();
  return {&source, std::move(document), std::move(image.manifest), std::move(image.config),
          std::move(image.config_bytes)};
}

// What an index refers to: images by platform, and the rest.
struct Children {
  std::map<std::string, layers::Descriptor> images;
  std::map<std::string, std::string> others;  // media types by digest
};

Children children_of(const layers::Index& index) {
  Children children;
  for (const auto& child : index.manifests) {
    const bool image = (layers::media_type::is_manifest(child.media_type) ||
                        layers::media_type::is_index(child.media_type)) &&
                       child.artifact_type.empty() &&
                       !(child.platform && child.platform->architecture == "unknown");
    if (!image) {
      children.others.emplace(child.digest.text(), child.media_type);
      continue;
    }
    const auto platform = child.platform ? child.platform->text() : std::string("no platform");
    auto name = platform;
    for (int number = 2; children.images.contains(name); ++number)
      name = fmt::format("{} #{}", platform, number);
    children.images.emplace(std::move(name), child);
  }
  return children;
}

class ImageComparison {
 public:
  ImageComparison(registry::ImageSource& a, registry::ImageSource& b, const DifferenceOptions& options,
                  ImageDifference& result)
      : a_(a), b_(b), options_(options), result_(result), findings_(result.findings) {}

  void compare_roots(layers::Document a, layers::Document b) {
    if (a.digest == b.digest && a.media_type == b.media_type) return;
    const bool index_a = layers::media_type::is_index(a.media_type);
    const bool index_b = layers::media_type::is_index(b.media_type);
    if (a.media_type != b.media_type)
      findings_.add({{}, index_a == index_b ? "media-type" : "root-kind", a.media_type, b.media_type});
    if (index_a && index_b) return compare_indexes(a, b);
    if (!index_a && !index_b) return compare_platforms(platform_of(a_, a), platform_of(b_, b));
    compare_with_index(std::move(a), std::move(b), index_a);
  }

 private:
  static PlatformImage platform_of(registry::ImageSource& source, layers::Document document) {
    return read_platform(source, std::move(document));
  }

  void compare_indexes(const layers::Document& a, const layers::Document& b) {
    const auto left = layers::parse_index(a, "the index");
    const auto right = layers::parse_index(b, "the index");
    compare_maps(left.annotations, right.annotations, "annotation", {"index"}, findings_);
    const auto children_a = children_of(left);
    const auto children_b = children_of(right);
    for (const auto& [platform, child] : children_a.images) {
      const auto other = children_b.images.find(platform);
      if (other == children_b.images.end()) {
        findings_.add({{"index"}, "platform", platform, std::nullopt});
        continue;
      }
      compare_maps(child.annotations, other->second.annotations, "annotation", {"index", platform},
                   findings_);
      if (child.digest != other->second.digest)
        compare_platforms(platform_of(a_, a_.manifest(child)), platform_of(b_, b_.manifest(other->second)));
    }
    for (const auto& [platform, child] : children_b.images)
      if (!children_a.images.contains(platform))
        findings_.add({{"index"}, "platform", std::nullopt, platform});
    compare_maps(children_a.others, children_b.others, "attachment", {"index"}, findings_);
  }

  // An image for one platform, and one for several: what both have is compared.
  void compare_with_index(layers::Document a, layers::Document b, bool a_is_index) {
    auto single = a_is_index ? platform_of(b_, std::move(b)) : platform_of(a_, std::move(a));
    const auto& index = a_is_index ? a : b;
    auto& source = a_is_index ? a_ : b_;
    const auto platform = single.config.platform.text();
    const auto children = children_of(layers::parse_index(index, "the index"));
    for (const auto& [name, child] : children.images)
      if (name != platform)
        findings_.add({{"index"},
                       "platform",
                       a_is_index ? std::optional(name) : std::nullopt,
                       a_is_index ? std::nullopt : std::optional(name)});
    const auto child = children.images.find(platform);
    if (child == children.images.end()) {
      findings_.add({{"index"},
                     "platform",
                     a_is_index ? std::nullopt : std::optional(platform),
                     a_is_index ? std::optional(platform) : std::nullopt});
      return;
    }
    if (child->second.digest == single.document.digest) return;
    auto other = platform_of(source, source.manifest(child->second));
    if (a_is_index)
      compare_platforms(other, single);
    else
      compare_platforms(single, other);
  }

  void compare_platforms(const PlatformImage& a, const PlatformImage& b) {
    const auto left = a.config.platform.text();
    const auto right = b.config.platform.text();
    const Where where = {left == right ? left : fmt::format("{} and {}", left, right)};
    compare_manifests(a.manifest, b.manifest, below(where, "manifest"), findings_);
    if (a.manifest.config.digest != b.manifest.config.digest) {
      const auto before = findings_.count();
      compare_configs(a.config, b.config, below(where, "config"), findings_);
      if (findings_.count() == before && a.config.diff_ids == b.config.diff_ids)
        findings_.add({below(where, "config"), "json-spelling", a.manifest.config.digest.text(),
                       b.manifest.config.digest.text(), "the same values, written in another way"});
    }
    compare_all_layers(a, b, where);
  }

  void compare_all_layers(const PlatformImage& a, const PlatformImage& b, const Where& where) {
    const auto pairs = align_layers(a.identities(), b.identities());
    std::size_t read_a = 0;
    std::size_t read_b = 0;
    for (const auto& pair : pairs) {
      read_a += pair.a && !pair.equal ? 1U : 0U;
      read_b += pair.b && !pair.equal ? 1U : 0U;
    }
    const bool several = read_a > 1 || read_b > 1 || read_a != read_b;
    Scratch scratch_a(options_.scratch);
    Scratch scratch_b(options_.scratch);
    LayerWork work{scratch_a, scratch_b, options_.contents, several, options_.limits, {}, {}, options_.stop};
    TreeDifference tree(several, read_a < a.manifest.layers.size(), options_.scratch);
    work.left_over = [&tree](Side side, const LeftOver& entry) { tree.leave_over(side, entry); };
    for (const auto& pair : pairs) {
      work.seen = [&tree, &pair](Side side, const layers::TarEntry& entry,
                                 const std::optional<Digest>& content) {
        tree.see(side, side == Side::a ? *pair.a : *pair.b, entry, content);
      };
      compare_pair(a, b, pair, work, where);
    }
    tree.finish(work, where, findings_);
  }

  void compare_pair(const PlatformImage& a, const PlatformImage& b, const LayerPair& pair, LayerWork& work,
                    const Where& where) {
    ComparedLayer line{where[0], pair.a, pair.b};
    if (pair.a) line.a = a.manifest.layers[*pair.a];
    if (pair.b) line.b = b.manifest.layers[*pair.b];
    if (pair.a && pair.b && line.a->media_type != line.b->media_type)
      findings_.add({layer_place(pair, where), "layer-media-type", line.a->media_type, line.b->media_type});
    if (pair.a && pair.b)
      compare_maps(line.a->annotations, line.b->annotations, "annotation", layer_place(pair, where),
                   findings_);
    if (!pair.equal) {
      const auto difference = read_pair(a, b, pair, work, where);
      line.size_a = difference.size_a;
      line.size_b = difference.size_b;
      line.compressor_a = difference.compressor_a;
      line.compressor_b = difference.compressor_b;
      using State = ComparedLayer::State;
      line.state = !pair.b                 ? State::only_a
                   : !pair.a               ? State::only_b
                   : difference.equal_tars ? State::compressed_differently
                                           : State::different;
    }
    result_.layers.push_back(std::move(line));
  }

  LayerDifference read_pair(const PlatformImage& a, const PlatformImage& b, const LayerPair& pair,
                            LayerWork& work, const Where& where) {
    if (pair.a && pair.b)
      return compare_layers(a.layer(*pair.a), *pair.a, b.layer(*pair.b), *pair.b, work,
                            layer_place(pair, where), findings_);
    const bool in_a = pair.a.has_value();
    const auto& image = in_a ? a : b;
    const auto index = in_a ? *pair.a : *pair.b;
    const auto digest = image.manifest.layers[index].digest.text();
    findings_.add({layer_place(pair, where), "layer", in_a ? std::optional(digest) : std::nullopt,
                   in_a ? std::nullopt : std::optional(digest)});
    return read_layer(image.layer(index), index, in_a ? Side::a : Side::b, work);
  }

  static Where layer_place(const LayerPair& pair, const Where& where) {
    if (pair.a && pair.b && *pair.a != *pair.b)
      return below(where, fmt::format("layer {} and {}", *pair.a + 1, *pair.b + 1));
    return below(where, fmt::format("layer {}", (pair.a ? *pair.a : *pair.b) + 1));
  }

  registry::ImageSource& a_;
  registry::ImageSource& b_;
  const DifferenceOptions& options_;
  ImageDifference& result_;
  Findings& findings_;
};

layers::Document chosen(registry::ImageSource& source, const DifferenceOptions& options) {
  auto root = source.root();
  if (!options.platform) return root;
  return registry::choose_platforms(source, std::move(root), {*options.platform});
}

}  // namespace

std::string_view name_of(ComparedLayer::State state) {
  switch (state) {
    case ComparedLayer::State::equal:
      return "equal";
    case ComparedLayer::State::compressed_differently:
      return "compressed-differently";
    case ComparedLayer::State::different:
      return "different";
    case ComparedLayer::State::only_a:
      return "only-in-a";
    case ComparedLayer::State::only_b:
      return "only-in-b";
  }
  return "unknown";
}

ImageDifference compare_images(registry::ImageSource& a, registry::ImageSource& b,
                               const DifferenceOptions& options) {
  auto root_a = chosen(a, options);
  auto root_b = chosen(b, options);
  ImageDifference result{root_a.descriptor(), root_b.descriptor(), {}, {}, {}};
  ImageComparison(a, b, options, result).compare_roots(std::move(root_a), std::move(root_b));
  if (!result.equal() && result.findings.empty())
    result.findings.add({{},
                         "document",
                         result.root_a.digest.text(),
                         result.root_b.digest.text(),
                         "the same values, written in another way"});
  result.causes = causes_of(result.findings);
  return result;
}

}  // namespace whittle::comparison
