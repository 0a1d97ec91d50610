#include "slimming/slimmed_platform.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "common/error.hpp"
#include "common/text.hpp"
#include "layers/tar_header.hpp"
#include "slimming/file_choice.hpp"
#include "slimming/file_reports.hpp"
#include "slimming/layer_output.hpp"
#include "slimming/needed_files.hpp"
#include "slimming/new_documents.hpp"
#include "slimming/rules.hpp"

namespace whittle::slimming {
namespace {

using Format = layers::Compression::Format;

class Slimming {
 public:
  Slimming(SourceImage& image, registry::Layout& store, const SlimOptions& options, Reporter& reporter,
           const std::stop_token& stop)
      : image_(image), store_(store), options_(options), reporter_(reporter), stop_(stop) {}

  SlimmedPlatform run(const OnFile& on_file) {
    const auto enabled = enabled_rules(options_.without);
    Selection selection(image_.tree);
    report_.warnings = unused_patterns(KeptPaths(options_.keep).pin(selection));
    apply_rules(enabled, image_.config, selection);
    if (options_.files != SlimOptions::Keep::all) narrow(selection);
    const auto symbols = enabled.contains("symbols") ? find_symbols(image_, selection, stop_) : Symbols();
    std::optional<Duplicates> duplicates;
    if (enabled.contains("duplicates")) duplicates.emplace(image_, selection, stop_);
    const auto plan = plan_layers(image_, selection, symbols, duplicates ? &*duplicates : nullptr,
                                  options_.keep_layers, wanted_form());
    report_.rules = report_files(image_, selection, symbols, plan, on_file);
    write_layers(plan, symbols);
    return finish(plan, rules_text(enabled));
  }

 private:
  static std::vector<std::string> unused_patterns(const std::vector<std::string>& patterns) {
    std::vector<std::string> warnings;
    for (const auto& pattern : patterns)
      warnings.push_back(fmt::format("--keep {} matches no file", shown(pattern)));
    return warnings;
  }

  void narrow(Selection& selection) {
    const auto task = reporter_.start(fmt::format("finding what {} needs", image_.config.platform.text()), 0);
    const bool strict = options_.files == SlimOptions::Keep::strict_closure;
    auto warnings = drop_unneeded(image_, strict, selection, stop_);
    report_.warnings.insert(report_.warnings.end(), warnings.begin(), warnings.end());
    task->done("found");
  }
  std::string rules_text(const std::set<std::string, std::less<>>& enabled) const {
    std::vector<std::string> names(enabled.begin(), enabled.end());
    if (options_.files != SlimOptions::Keep::all) names.emplace_back("closure");
    if (options_.files == SlimOptions::Keep::strict_closure) names.back() += "=strict";
    std::sort(names.begin(), names.end());
    return fmt::format("{}", fmt::join(names, ","));
  }

  layers::Compression::Level level_of(const PlannedLayer& planned) const {
    std::uint64_t size = 0;
    for (const auto& one : planned.entries)
      size += layers::tar_block + (one.linked_to == nullptr ? one.entry->size() : 0);
    return options_.level.value_or(size <= SlimOptions::small_layer ? layers::Compression::Level::smallest
                                                                    : layers::Compression::Level::balanced);
  }
  layers::Compression compression_of(const PlannedLayer& planned) const {
    const auto& layers = image_.layers;
    const bool is_zstd =
        !layers.empty() && std::all_of(layers.begin(), layers.end(),
                                       [](const SourceLayer& layer) { return layer.format == Format::zstd; });
    return {options_.format.value_or(is_zstd ? Format::zstd : Format::gzip), level_of(planned),
            options_.by_file};
  }
  std::optional<LayerForm> wanted_form() const {
    if (!options_.format) return std::nullopt;
    return LayerForm{*options_.format, options_.by_file};
  }

  void write_layers(const LayerPlan& plan, const Symbols& symbols) {
    for (const auto& planned : plan.layers) {
      const auto& old = image_.layers[planned.first];
      if (planned.stays) {
        add({old.descriptor, old.diff_id, planned.first, planned.last, true}, old.size);
      } else if (!planned.entries.empty()) {
        const auto layer = write(planned, symbols);
        new_layers_.insert(layer.descriptor.digest);
        add({layer.descriptor, layer.diff_id, planned.first, planned.last, false}, layer.uncompressed_size);
      }
    }
  }

  layers::Layer write(const PlannedLayer& planned, const Symbols& symbols) {
    const auto task = reporter_.start(fmt::format("writing {}", image_.config.platform.text()), 0);
    std::optional<layers::Layer> layer;
    store_.put_blob([&](ByteSink& out) {
      layer = write_layer(image_, planned, symbols, {compression_of(planned), options_.jobs}, out, stop_);
    });
    task->done(human_size(layer->descriptor.size));
    return std::move(*layer);
  }

  void add(NewLayer layer, std::uint64_t uncompressed) {
    report_.size_after.compressed += layer.descriptor.size;
    report_.size_after.uncompressed += uncompressed;
    report_.layers.push_back({layer.descriptor, layer.first, layer.last, layer.stays});
    layers_.push_back(std::move(layer));
  }

  SlimmedPlatform finish(const LayerPlan& plan, const std::string& rules) {
    report_.platform = image_.config.platform;
    report_.size_before = {image_.compressed_size(), image_.uncompressed_size(), image_.layers.size()};
    report_.size_after.layers = layers_.size();
    report_.before = report_.after = image_.descriptor;
    if (!plan.changes_anything) return {std::move(report_)};
    auto config = config_with(image_.config_json, layers_);
    auto manifest = manifest_with(image_.manifest, image_.descriptor.digest, config, layers_, rules);
    report_.after = manifest.descriptor();
    return {std::move(report_), std::move(manifest), std::move(config), std::move(new_layers_)};
  }

  SourceImage& image_;
  registry::Layout& store_;
  const SlimOptions& options_;
  Reporter& reporter_;
  const std::stop_token& stop_;
  PlatformReport report_ = {{}, image_.descriptor, image_.descriptor};
  std::vector<NewLayer> layers_ = {};
  std::set<Digest> new_layers_ = {};
};

}  // namespace

SlimmedPlatform slim_platform(registry::ImageSource& source, registry::Layout& store,
                              const layers::Document& document, const layers::Descriptor& descriptor,
                              const SlimOptions& options, const OnFile& on_file, Reporter& reporter,
                              const std::stop_token& stop) {
  auto image = open_image(source, document, descriptor, options.scratch, options.limits);
  read_layers(source, image, options.limits, reporter, stop);
  return Slimming(image, store, options, reporter, stop).run(on_file);
}

}  // namespace whittle::slimming
