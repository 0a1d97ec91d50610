#include "builder/package_base.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "builder/built_image.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "layers/media_types.hpp"
#include "packages/bases.hpp"
#include "packages/deb_file.hpp"
#include "packages/package_tree.hpp"

namespace whittle::builder {
namespace {

// Of everything in packages/ that decides which tree comes of a package. A change of the rules changes it.
constexpr std::string_view tree_version = "packages 1";

packages::PackageTreeOptions options_of(const PackageSet& set, const ImageSpec& image, bool stands_alone) {
  if (const auto* base = packages::find_base(set.base); base != nullptr && set.wishes.empty())
    return {{}, base->built_ins, false};
  packages::PackageTreeOptions options{image.packages.keep, {}, image.packages.allow_setid};
  if (stands_alone) options.built_ins = {"accounts"};
  return options;
}

std::string path_of(const PackageSet& set) {
  std::string path(default_path);
  if (const auto* const base = packages::find_base(set.base))
    for (const auto& folder : base->path) path += ':' + folder;
  return path;
}

}  // namespace

const BaseImage* PackageBases::get(const ImageSpec& image, const layers::Platform& platform,
                                   std::int64_t epoch, const BaseImage* below) {
  for (const auto& set : package_sets_of(image)) below = &with_set(set, image, platform, epoch, below);
  return below;
}

const BaseImage& PackageBases::with_set(const PackageSet& set, const ImageSpec& image,
                                        const layers::Platform& platform, std::int64_t epoch,
                                        const BaseImage* below) {
  const auto architecture = debian_word(platform);
  const auto& keys = parts_.lock.sets.at(set.name()).at(architecture);
  const auto options = options_of(set, image, below == nullptr);
  KeyHasher hasher;
  hasher.add(tree_version).add(below == nullptr ? std::string() : below->manifest_descriptor.digest.text());
  hasher.add(fmt::format("{} {} {}", options.keep, options.built_ins, options.allow_setid));
  for (const auto& key : keys) hasher.add(parts_.lock.packages.at(key).package.digest.text());
  const auto content = hasher.finish();
  const auto name =
      fmt::format("{} {} {} {}", content.text(), platform.text(), compressor_name(image.compression), epoch);
  auto& made = made_[name];
  if (made) return *made;
  const auto layer =
      parts_.assembler.layer_of({.what = set.name(),
                                 .label = fmt::format("layer of {} ({})", set.name(), platform.text()),
                                 .content = content,
                                 .compression = image.compression,
                                 .epoch = epoch,
                                 .make = [&] { return tree_of(set, image, keys, below); }});
  made = std::make_unique<BaseImage>(assembled(set, platform, epoch, layer, below));
  return *made;
}

layers::FileTree PackageBases::tree_of(const PackageSet& set, const ImageSpec& image,
                                       const std::vector<std::string>& keys, const BaseImage* below) {
  return in_context(
      [&] { return fmt::format("unpacking the packages of {}", set.name()); },
      [&] {
        std::vector<packages::UnpackedPackage> unpacked;
        for (const auto& key : keys) {
          const auto& locked = parts_.lock.packages.at(key);
          const auto file = std::make_shared<const Fd>(open_file(parts_.origins.package(locked)));
          const packages::DebFile::Where where{parts_.scratch, parts_.origins.stop()};
          unpacked.push_back(
              {locked.package, std::make_shared<const packages::DebFile>(file, locked.package.name, where)});
        }
        auto tree =
            packages::make_package_tree(std::move(unpacked), options_of(set, image, below == nullptr));
        for (const auto& notice : tree.notices) parts_.origins.reporter().warn(notice);
        for (const auto& done : tree.done) parts_.origins.reporter().verbose(done);
        for (const auto& left_out : tree.left_out)
          parts_.origins.reporter().verbose(fmt::format("{}: left out {} in {} files", left_out.rule,
                                                        human_size(left_out.bytes), left_out.files));
        if (below != nullptr) parts_.folders.keep(*below, tree.files);
        return std::move(tree.files);
      });
}

BaseImage PackageBases::assembled(const PackageSet& set, const layers::Platform& platform, std::int64_t epoch,
                                  const AssembledLayer& layer, const BaseImage* below) {
  layers::ImageConfig config;
  std::vector<layers::Descriptor> descriptors;
  const auto source = std::make_shared<BuiltImage>(set.name(), parts_.store);
  if (below != nullptr) {
    config = below->config;
    descriptors = below->manifest.layers;
    for (const auto& descriptor : descriptors) source->add_foreign(descriptor, below->source);
    if (config.history.empty())
      config.history.assign(descriptors.size(), {config.created, "layer of the base image"});
  } else {
    config.execution.set_env("PATH", path_of(set));
  }
  config.platform = platform;
  config.created = timestamp(epoch);
  config.diff_ids.push_back(layer.layer.diff_id);
  config.history.push_back({config.created, fmt::format("whittle build: {}", set.name())});
  descriptors.push_back(layer.layer.descriptor);
  if (layer.from) source->add_foreign(layer.layer.descriptor, layer.from);
  const auto config_document = layers::write_config(config);
  const auto manifest_type = std::string(layers::media_type::oci_manifest);
  const layers::Manifest manifest{manifest_type, config_document.descriptor(), descriptors};
  const auto document = layers::write_manifest(manifest);
  source->add(config_document);
  source->add(document);
  BaseImage image{set.name(), document.descriptor(), manifest, config, source};
  if (below != nullptr) image.annotations = below->annotations;
  return image;
}

}  // namespace whittle::builder
