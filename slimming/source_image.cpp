#include "slimming/source_image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "attribution/stream_hasher.hpp"
#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/read_ahead.hpp"
#include "common/text.hpp"
#include "layers/tar_reader.hpp"
#include "registry/foreign_layers.hpp"
#include "registry/image_documents.hpp"
#include "registry/reporting_source.hpp"

namespace whittle::slimming {
namespace {

constexpr std::size_t largest_piece = 1U << 20U;  // that is written to the scratch at once

// The tar on its way from the decoder to the reader, past the hasher.
class Tap final : public ByteSource {
 public:
  Tap(layers::Decoder& decoder, attribution::StreamHasher& hasher, const std::stop_token& stop)
      : decoder_(decoder), hasher_(hasher), stop_(stop) {}
  std::size_t read(MutableBytes buffer) override {
    throw_if_stopped(stop_);
    const auto count = decoder_.read(buffer);
    hasher_.write(Bytes(buffer).first(count));
    size_ += count;
    return count;
  }
  std::uint64_t size() const { return size_; }

 private:
  layers::Decoder& decoder_;
  attribution::StreamHasher& hasher_;
  const std::stop_token& stop_;
  std::uint64_t size_ = 0;
};

// Contents of many files, written to the scratch in large pieces.
class Contents {
 public:
  explicit Contents(comparison::Scratch& scratch) : scratch_(scratch) { waiting_.reserve(largest_piece); }
  std::uint64_t position() const { return scratch_.size() + waiting_.size(); }
  void append(Bytes bytes) {
    if (waiting_.size() + bytes.size() > largest_piece) flush();
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
  }
  void flush() {
    scratch_.append(waiting_);
    waiting_.clear();
  }

 private:
  comparison::Scratch& scratch_;
  std::vector<std::byte> waiting_ = {};
};

class LayerReading {
 public:
  LayerReading(SourceImage& image, std::size_t number, const Limits& limits)
      : image_(image),
        number_(number),
        layer_(image.layers[number]),
        limits_(limits),
        contents_(image.contents) {}

  void run(layers::Decoder& decoder, const std::string& what, const std::stop_token& stop) {
    const auto key = ContentKey::random();
    attribution::StreamHasher hasher(key);
    Tap tap(decoder, hasher, stop);
    layers::TarReader tar(tap, what, {}, limits_);
    const auto entries_before = image_.tree.all().size();
    std::uint64_t before = 0;  // bits of the blob, before this entry
    while (auto entry = tar.next()) {
      take(*entry, tar);
      tar.finish_entry();
      const auto after = decoder.consumed_bits();
      layer_.compressed.push_back(after / 8 - before / 8);
      before = after;
    }
    layer_.whiteouts = layer_.compressed.size() - (image_.tree.all().size() - entries_before);
    contents_.flush();
    layer_.size = tap.size();
    layer_.format = decoder.format();
    const auto actual = hasher.finish();
    if (actual.algorithm() == layer_.diff_id.algorithm() && actual != layer_.diff_id)
      throw Error(ErrorKind::integrity, fmt::format("{} unpacks to {}, its config states {}", what,
                                                    actual.text(), layer_.diff_id.text()));
  }

 private:
  void take(layers::TarEntry& entry, layers::TarReader& tar) {
    if (entry.is_file()) {
      const auto offset = contents_.position();
      while (const auto count = tar.read(buffer_)) contents_.append(Bytes(buffer_).first(count));
      entry.offset = offset;
      entry.size = contents_.position() - offset;
    }
    // Nothing that is written anew has them.
    entry.owner = entry.group = {};
    image_.tree.add(number_, entry, std::nullopt);
  }

  SourceImage& image_;
  std::size_t number_;
  SourceLayer& layer_;
  const Limits& limits_;
  Contents contents_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(stream_buffer_size);
};

void check_layer(const layers::Descriptor& layer) {
  const auto named = [&](std::string_view why) {
    return Error(ErrorKind::unsupported,
                 fmt::format("the layer {} is {}: {}", layer.digest.text(), shown(layer.media_type), why));
  };
  if (registry::is_nondistributable(layer))
    throw named("it lies where its URLs say, and is not read from there")
        .hint("`whittle copy --foreign` brings it into the image's place");
  const bool is_tar = layer.media_type.find("tar") != std::string::npos;
  if (!is_tar) throw named("that is no tar");
}

}  // namespace

comparison::KeptAccess SourceImage::content(const layers::MergedEntry& file) const {
  return comparison::KeptAccess({{&contents, file.offset(), file.size()}});
}

std::uint64_t SourceImage::compressed_size() const {
  std::uint64_t sum = 0;
  for (const auto& layer : manifest.layers) sum += layer.size;
  return sum;
}

std::uint64_t SourceImage::uncompressed_size() const {
  std::uint64_t sum = 0;
  for (const auto& layer : layers) sum += layer.size;
  return sum;
}

SourceImage open_image(registry::ImageSource& source, const layers::Document& document,
                       const layers::Descriptor& descriptor, const std::filesystem::path& scratch,
                       const Limits& limits) {
  auto documents = registry::read_image(source, document);
  if (const auto& platform = documents.config.platform; platform.os != "linux")
    throw Error(ErrorKind::unsupported,
                fmt::format("the manifest {} is for {}; only images of linux are made smaller",
                            document.digest.text(), platform.text()));
  documents.check_layers();
  auto json = parse_json(documents.config_bytes, "the config");
  SourceImage image{descriptor,
                    std::move(documents.manifest),
                    std::move(documents.config),
                    std::move(json),
                    {},
                    layers::MergedTree(limits.layer_entries),
                    comparison::Scratch(scratch)};
  for (std::size_t i = 0; i < image.manifest.layers.size(); ++i)
    image.layers.push_back({image.manifest.layers[i], image.config.diff_ids[i]});
  return image;
}

void read_layers(registry::ImageSource& source, SourceImage& image, const Limits& limits, Reporter& reporter,
                 const std::stop_token& stop) {
  for (const auto& layer : image.layers) check_layer(layer.descriptor);
  const auto task =
      reporter.start(fmt::format("reading {}", image.config.platform.text()), image.compressed_size());
  for (std::size_t i = 0; i < image.layers.size(); ++i) {
    const auto& descriptor = image.layers[i].descriptor;
    const auto what = fmt::format("the layer {}", descriptor.digest.text());
    registry::Progress progress(*task);
    const auto decoder = layers::decompress(
        std::make_unique<ReadAhead>(
            std::make_unique<registry::ReportingSource>(source.open_blob(descriptor), progress), stop),
        what, limits);
    LayerReading(image, i, limits).run(*decoder, what, stop);
    if (const auto why = layers::mislabelled(descriptor.media_type, decoder->format()))
      reporter.warn(fmt::format("{} {}", what, *why));
  }
  for (const auto& warning : image.tree.warnings()) reporter.warn(warning);
}

}  // namespace whittle::slimming
