#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "common/error.hpp"
#include "layers/compression.hpp"
#include "layers/decoders.hpp"

namespace whittle::layers {

Bytes DecoderInput::peek(std::size_t wanted) {
  while (end_ - start_ < wanted && !ended_) {
    if (start_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + start_, end_ - start_);
      end_ -= start_;
      start_ = 0;
    }
    const std::size_t count = source_->read(MutableBytes(buffer_).subspan(end_));
    ended_ = count == 0;
    end_ += count;
    taken_ += count;
  }
  return Bytes(buffer_).subspan(start_, end_ - start_);
}

namespace {

constexpr std::size_t longest_magic = 10;

// Formats that image layers do not have, but that could be taken for plain bytes (hostile case 100).
std::string_view foreign_format(Bytes bytes) {
  const std::string_view start = as_text(bytes);
  using namespace std::string_view_literals;
  if (start.starts_with("\xfd"
                        "7zXZ\0"sv))
    return "xz";
  if (start.starts_with("\x04\x22\x4d\x18"sv)) return "lz4";
  // Three letters could begin a file's name; the number behind them does not.
  if (start.starts_with("BZh"sv) && start.size() >= longest_magic &&
      (start.substr(4, 6) == "1AY&SY"sv || start.substr(4, 6) == "\x17rE8P\x90"sv))
    return "bzip2";
  return {};
}

class PlainDecoder final : public Decoder {
 public:
  explicit PlainDecoder(DecoderInput& in) : in_(in) {}
  std::size_t read(MutableBytes buffer) override {
    const Bytes bytes = in_.peek(1);
    const std::size_t count = std::min(buffer.size(), bytes.size());
    std::copy_n(bytes.begin(), count, buffer.begin());
    in_.consume(count);
    return count;
  }
  Compression::Format format() const override { return Compression::Format::none; }
  std::uint64_t consumed_bits() const override { return in_.consumed() * 8; }

 private:
  DecoderInput& in_;
};

// Chooses the decoder at the first read and stops it at the limits.
class LimitedDecoder final : public Decoder {
 public:
  LimitedDecoder(std::unique_ptr<ByteSource> in, std::string what, const Limits& limits, bool traced,
                 OnPart on_part)
      : in_(std::move(in)),
        what_(std::move(what)),
        limits_(limits),
        traced_(traced),
        on_part_(std::move(on_part)) {}

  Compression::Format format() const override {
    return decoder_ ? decoder_->format() : Compression::Format::none;
  }
  std::uint64_t consumed_bits() const override { return decoder_ ? decoder_->consumed_bits() : 0; }

  std::size_t read(MutableBytes buffer) override {
    if (!decoder_) decoder_ = choose();
    const std::size_t count = decoder_->read(buffer);
    produced_ += count;
    if (produced_ > limits_.uncompressed_layer)
      throw over_limit(ErrorKind::limit,
                       fmt::format("{} becomes more than the limit of {} bytes when it is decompressed",
                                   what_, limits_.uncompressed_layer),
                       &Limits::uncompressed_layer);
    if (produced_ > limits_.ratio_from && produced_ / limits_.ratio >= in_.taken())
      throw over_limit(ErrorKind::limit,
                       fmt::format("{} bytes of {} became {} bytes, beyond the limit of {} to 1", in_.taken(),
                                   what_, produced_, limits_.ratio),
                       &Limits::ratio);
    return count;
  }

 private:
  std::unique_ptr<Decoder> choose() {
    const Bytes start = in_.peek(longest_magic);
    if (begins_gzip(start))
      return traced_ ? make_traced_gzip_decoder(in_, what_, on_part_) : make_gzip_decoder(in_, what_);
    if (begins_zstd(start)) return make_zstd_decoder(in_, what_, limits_.zstd_window, on_part_);
    if (const auto format = foreign_format(start); !format.empty())
      throw Error(ErrorKind::unsupported,
                  fmt::format("{} is compressed with {}, not gzip or zstd", what_, format));
    return std::make_unique<PlainDecoder>(in_);
  }

  DecoderInput in_;
  std::string what_;
  Limits limits_;
  bool traced_;
  OnPart on_part_;
  std::unique_ptr<Decoder> decoder_;
  std::uint64_t produced_ = 0;
};

std::string_view name_of(Compression::Format format) {
  switch (format) {
    case Compression::Format::gzip:
      return "gzip";
    case Compression::Format::zstd:
      return "zstd";
    case Compression::Format::none:
      break;
  }
  return "not compressed";
}

// By the endings that OCI and Docker give to the types of layers; nothing for other types.
std::optional<Compression::Format> format_of(std::string_view media_type) {
  if (media_type.ends_with("tar+gzip") || media_type.ends_with("tar.gzip")) return Compression::Format::gzip;
  if (media_type.ends_with("tar+zstd") || media_type.ends_with("tar.zstd")) return Compression::Format::zstd;
  if (media_type.ends_with("tar")) return Compression::Format::none;
  return std::nullopt;
}

}  // namespace

std::optional<std::string> mislabelled(std::string_view media_type, Compression::Format found) {
  const auto stated = format_of(media_type);
  if (!stated || *stated == found) return std::nullopt;
  return fmt::format("is {} by its media type, but its bytes are {}", name_of(*stated), name_of(found));
}

std::unique_ptr<Decoder> decompress(std::unique_ptr<ByteSource> in, std::string what, const Limits& limits) {
  return std::make_unique<LimitedDecoder>(std::move(in), std::move(what), limits, false, OnPart());
}

std::unique_ptr<Decoder> decompress_traced(std::unique_ptr<ByteSource> in, std::string what,
                                           const Limits& limits, OnPart on_part) {
  return std::make_unique<LimitedDecoder>(std::move(in), std::move(what), limits, true, std::move(on_part));
}

}  // namespace whittle::layers
