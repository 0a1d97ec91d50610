#include "slimming/recompress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/read_ahead.hpp"
#include "layers/layer_writer.hpp"
#include "registry/foreign_layers.hpp"
#include "registry/reporting_source.hpp"
#include "slimming/new_documents.hpp"
#include "slimming/source_image.hpp"

namespace whittle::slimming {
namespace {

using Format = layers::Compression::Format;

class Recompression {
 public:
  Recompression(registry::ImageSource& source, registry::Layout& store, const SlimOptions& options,
                Reporter& reporter, const std::stop_token& stop)
      : source_(source), store_(store), options_(options), reporter_(reporter), stop_(stop) {}

  // The layer as it will be, with what its tar takes.
  struct Result {
    layers::Descriptor descriptor;
    std::uint64_t uncompressed = 0;
    bool is_new = false;
  };
  Result layer(const layers::Descriptor& old, const Digest& diff_id) {
    if (registry::is_nondistributable(old) || (layers::has_file_index(old) && !options_.format)) return {old};
    const auto what = fmt::format("the layer {}", old.digest.text());
    const auto task = reporter_.start(fmt::format("compressing {}", old.digest.short_hex()), old.size);
    registry::Progress progress(*task);
    auto blob = std::make_unique<registry::ReportingSource>(source_.open_blob(old), progress);
    const auto decoder =
        layers::decompress(std::make_unique<ReadAhead>(std::move(blob), stop_), what, options_.limits);
    std::uint64_t size = 0;
    std::optional<layers::Compression> compression;
    const auto stored =
        store_.put_blob([&](ByteSink& out) { compression = compress(*decoder, diff_id, what, out, size); });
    const bool is_asked = options_.format && *options_.format != decoder->format();
    if (!is_asked && stored.size >= old.size) {
      task->done("stays");
      return {old, size};
    }
    return {{std::string(compression->layer_media_type()), stored.digest, stored.size}, size, true};
  }

 private:
  layers::Compression compress(layers::Decoder& decoder, const Digest& diff_id, const std::string& what,
                               ByteSink& out, std::uint64_t& size) {
    std::vector<std::byte> buffer(stream_buffer_size);
    auto count = decoder.read(buffer);
    const auto format =
        options_.format.value_or(decoder.format() == Format::zstd ? Format::zstd : Format::gzip);
    const layers::Compression compression{format,
                                          options_.level.value_or(layers::Compression::Level::balanced)};
    const auto compressor = layers::make_compressor(compression, options_.jobs, out);
    DigestingSink tar(*compressor);
    for (; count > 0; count = decoder.read(buffer)) {
      throw_if_stopped(stop_);
      tar.write(Bytes(buffer).first(count));
    }
    compressor->finish();
    size = tar.size();
    const auto actual = tar.finish();
    if (actual.algorithm() == diff_id.algorithm() && actual != diff_id)
      throw Error(ErrorKind::integrity,
                  fmt::format("{} unpacks to {}, its config states {}", what, actual.text(), diff_id.text()));
    return compression;
  }

  registry::ImageSource& source_;
  registry::Layout& store_;
  const SlimOptions& options_;
  Reporter& reporter_;
  const std::stop_token& stop_;
};

}  // namespace

SlimmedPlatform recompress_platform(registry::ImageSource& source, registry::Layout& store,
                                    const layers::Document& document, const layers::Descriptor& descriptor,
                                    const SlimOptions& options, Reporter& reporter,
                                    const std::stop_token& stop) {
  const auto image = open_image(source, document, descriptor, options.scratch);
  Recompression recompression(source, store, options, reporter, stop);
  SlimmedPlatform platform{{image.config.platform, descriptor, descriptor}};
  auto& report = platform.report;
  std::vector<NewLayer> layers;
  for (std::size_t i = 0; i < image.layers.size(); ++i) {
    const auto& old = image.layers[i];
    const auto made = recompression.layer(old.descriptor, old.diff_id);
    if (made.is_new) platform.layers.insert(made.descriptor.digest);
    report.size_before.uncompressed += made.uncompressed;
    report.size_after.compressed += made.descriptor.size;
    report.layers.push_back({made.descriptor, i, i, !made.is_new});
    layers.push_back({made.descriptor, old.diff_id, i, i, true});
  }
  report.size_before.compressed = image.compressed_size();
  report.size_before.layers = report.size_after.layers = layers.size();
  report.size_after.uncompressed = report.size_before.uncompressed;
  if (platform.layers.empty()) return platform;
  platform.config = config_with(image.config_json, layers);
  platform.manifest =
      manifest_with(image.manifest, descriptor.digest, *platform.config, layers, "recompress");
  report.after = platform.manifest->descriptor();
  return platform;
}

}  // namespace whittle::slimming
