#include "packages/deb_decoder.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "common/error.hpp"
#include "common/limits.hpp"
#include "common/text.hpp"
#include "layers/compression.hpp"
#include "layers/decoders.hpp"
#include "packages/xz_source.hpp"

namespace whittle::packages {
namespace {

constexpr Limits limits_of_layers;

// Tells how much was read through it.
class CountedSource final : public ByteSource {
 public:
  CountedSource(std::unique_ptr<ByteSource> in, std::uint64_t& count) : in_(std::move(in)), count_(count) {}
  std::size_t read(MutableBytes buffer) override {
    const auto count = in_->read(buffer);
    count_ += count;
    return count;
  }

 private:
  std::unique_ptr<ByteSource> in_;
  std::uint64_t& count_;
};

class MemberDecoder final : public ByteSource {
 public:
  MemberDecoder(std::unique_ptr<ByteSource> in, DebCompression compression)
      : compression_(std::move(compression)) {
    auto counted = std::make_unique<CountedSource>(std::move(in), taken_);
    const auto& suffix = compression_.suffix;
    if (suffix.empty())
      decoder_ = std::move(counted);
    else if (suffix == ".xz")
      decoder_ = decode_xz(std::move(counted), compression_.what);
    else if (suffix == ".gz")
      decoder_ = layers::make_gzip_decoder(started(std::move(counted), "gzip", layers::begins_gzip),
                                           compression_.what);
    else if (suffix == ".zst")
      decoder_ = layers::make_zstd_decoder(started(std::move(counted), "zstd", layers::begins_zstd),
                                           compression_.what, limits_of_layers.zstd_window);
    else
      throw Error(ErrorKind::unsupported, fmt::format("{} is compressed with {}, not gzip, xz or zstd",
                                                      compression_.what, shown(suffix)));
  }

  std::size_t read(MutableBytes buffer) override {
    const auto count = decoder_->read(buffer);
    produced_ += count;
    if (produced_ > compression_.bytes)
      throw Error(ErrorKind::limit,
                  fmt::format("{} becomes more than the limit of {} bytes when it is decompressed",
                              compression_.what, compression_.bytes));
    if (produced_ > limits_of_layers.ratio_from && produced_ / limits_of_layers.ratio >= taken_)
      throw Error(ErrorKind::limit,
                  fmt::format("{} bytes of {} became {} bytes, beyond the limit of {} to 1", taken_,
                              compression_.what, produced_, limits_of_layers.ratio));
    return count;
  }

 private:
  // The name must not lie: another format would be read as its own decoder reads it, or as nothing.
  layers::DecoderInput& started(std::unique_ptr<ByteSource> in, std::string_view format,
                                bool (*begins)(Bytes)) {
    input_.emplace(std::move(in));
    if (!begins(input_->peek(4)))
      throw Error(ErrorKind::integrity,
                  fmt::format("{} is not {}, as its name says", compression_.what, format));
    return *input_;
  }

  DebCompression compression_;
  std::uint64_t taken_ = 0;
  std::uint64_t produced_ = 0;
  std::optional<layers::DecoderInput> input_ = {};
  std::unique_ptr<ByteSource> decoder_ = {};
};

}  // namespace

std::unique_ptr<ByteSource> decode_member(std::unique_ptr<ByteSource> in, const DebCompression& compression) {
  return std::make_unique<MemberDecoder>(std::move(in), compression);
}

}  // namespace whittle::packages
