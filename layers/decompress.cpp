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

class PlainDecoder final : public ByteSource {
 public:
  explicit PlainDecoder(DecoderInput& in) : in_(in) {}
  std::size_t read(MutableBytes buffer) override {
    const Bytes bytes = in_.peek(1);
    const std::size_t count = std::min(buffer.size(), bytes.size());
    std::copy_n(bytes.begin(), count, buffer.begin());
    in_.consume(count);
    return count;
  }

 private:
  DecoderInput& in_;
};

// Chooses the decoder at the first read and stops it at the limits.
class LimitedDecoder final : public ByteSource {
 public:
  LimitedDecoder(std::unique_ptr<ByteSource> in, std::string what, const DecompressionLimits& limits,
                 OnPart on_part)
      : in_(std::move(in)), what_(std::move(what)), limits_(limits), on_part_(std::move(on_part)) {}

  std::size_t read(MutableBytes buffer) override {
    if (!decoder_) decoder_ = choose();
    const std::size_t count = decoder_->read(buffer);
    produced_ += count;
    if (produced_ > limits_.bytes)
      throw Error(ErrorKind::limit,
                  fmt::format("{} becomes more than the limit of {} bytes when it is decompressed", what_,
                              limits_.bytes));
    if (produced_ > limits_.ratio_from && produced_ / limits_.ratio >= in_.taken())
      throw Error(ErrorKind::limit, fmt::format("{} bytes of {} became {} bytes, beyond the limit of {} to 1",
                                                in_.taken(), what_, produced_, limits_.ratio));
    return count;
  }

 private:
  std::unique_ptr<ByteSource> choose() {
    const Bytes start = in_.peek(longest_magic);
    if (begins_gzip(start)) return make_gzip_decoder(in_, what_, on_part_);
    if (begins_zstd(start)) return make_zstd_decoder(in_, what_, limits_.zstd_window, on_part_);
    if (const auto format = foreign_format(start); !format.empty())
      throw Error(ErrorKind::unsupported,
                  fmt::format("{} is compressed with {}, not gzip or zstd", what_, format));
    return std::make_unique<PlainDecoder>(in_);
  }

  DecoderInput in_;
  std::string what_;
  DecompressionLimits limits_;
  OnPart on_part_;
  std::unique_ptr<ByteSource> decoder_;
  std::uint64_t produced_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> decompress(std::unique_ptr<ByteSource> in, std::string what,
                                       const DecompressionLimits& limits, OnPart on_part) {
  return std::make_unique<LimitedDecoder>(std::move(in), std::move(what), limits, std::move(on_part));
}

}  // namespace whittle::layers
