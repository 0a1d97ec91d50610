// zstd (RFC 8878): frames and skippable frames, with a limit on the window and no dictionaries.
#include <fmt/format.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <bit>
#include <vector>

#include "common/error.hpp"
#include "common/limits.hpp"
#include "layers/decoders.hpp"

namespace whittle::layers {
namespace {

// Decodes block by block (RFC 8878, section 3.1.1.2), so that it is known what each took of the input.
class ZstdDecoder final : public Decoder {
 public:
  ZstdDecoder(DecoderInput& in, std::string what, std::uint64_t window, OnPart on_part)
      : in_(in),
        what_(std::move(what)),
        window_(window),
        on_part_(std::move(on_part)),
        context_(ZSTD_createDCtx()) {
    if (!context_)
      throw Error(ErrorKind::machine_limit,
                  fmt::format("decompressing {}: there is not enough memory", what_));
    const int log = static_cast<int>(std::bit_width(window_)) - 1;
    check(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, std::clamp(log, 10, 31)));
  }

  std::size_t read(MutableBytes buffer) override {
    if (given_ == block_size_) {
      block_begin_ = in_.consumed();
      given_ = 0;
      if (buffer.size() >= largest_block) return given_ = block_size_ = next_block(buffer);
      block_.resize(largest_block);
      block_size_ = next_block(block_);
    }
    const std::size_t count = std::min(buffer.size(), block_size_ - given_);
    std::copy_n(block_.begin() + static_cast<std::ptrdiff_t>(given_), count, buffer.begin());
    given_ += count;
    return count;
  }
  Compression::Format format() const override { return Compression::Format::zstd; }
  std::uint64_t consumed_bits() const override {
    if (given_ == block_size_) return in_.consumed() * 8;
    return block_begin_ * 8 + (in_.consumed() - block_begin_) * 8 * given_ / block_size_;
  }

 private:
  static constexpr std::size_t largest_block = 128U << 10U;  // of content
  static constexpr std::size_t frame_start = 5;              // what the library wants to see first

  // Fills `buffer`, which has room for any, with the content of one; 0 at the end.
  std::size_t next_block(MutableBytes buffer) {
    for (;;) {
      if (!in_frame_ && !begin_frame()) return 0;
      const Bytes input = in_.peek(1);
      // The library says how much is left of a block, and decodes several when it is given more.
      ZSTD_inBuffer from{input.data(), std::min(input.size(), wanted_), 0};
      ZSTD_outBuffer to{buffer.data(), buffer.size(), 0};
      wanted_ = check(ZSTD_decompressStream(context_.get(), &to, &from));
      in_.consume(from.pos);
      part_.compressed += from.pos;
      in_frame_ = wanted_ != 0;
      produced_ += to.pos;
      if (!in_frame_) end_frame();
      if (to.pos > 0) return to.pos;
      if (in_frame_ && input.empty()) fail("it is cut off");
    }
  }

  // Looks at the magic number itself: the library would also take the formats before 1.0.
  bool begin_frame() {
    static constexpr std::size_t largest_header = 18;
    const Bytes next = in_.peek(largest_header);
    if (next.empty()) return false;
    if (!begins_zstd(next)) fail("there are other bytes behind its last frame");
    stated_ = ZSTD_getFrameContentSize(next.data(), next.size());
    produced_ = 0;
    wanted_ = frame_start;
    if (on_part_) part_ = described(next);
    return in_frame_ = true;
  }

  void end_frame() {
    check_size();
    if (!on_part_) return;
    part_.content = produced_;
    on_part_(part_);
  }

  // RFC 8878, section 3.1.1.1: a descriptor of the frame, then the window unless the content is a single
  // segment.
  CompressedPart described(Bytes header) const {
    CompressedPart part{Compression::Format::zstd};
    part.skippable = header[0] != std::byte{0x28};
    if (part.skippable || header.size() < 6) return part;
    const auto descriptor = std::to_integer<unsigned>(header[4]);
    const bool single = (descriptor & 0x20U) != 0;
    part.header["checksum"] = (descriptor & 4U) != 0 ? "yes" : "no";
    part.header["content-size"] = stated_ != ZSTD_CONTENTSIZE_UNKNOWN ? "stated" : "not stated";
    const auto window = std::to_integer<unsigned>(header[5]);
    const auto base = std::uint64_t{1} << (10 + (window >> 3U));
    part.header["window"] = single ? "the content" : std::to_string(base + base / 8 * (window & 7U));
    return part;
  }

  // The library does not look at the size when the last block is empty and bytes arrive one by one.
  void check_size() const {
    const bool states_one = stated_ != ZSTD_CONTENTSIZE_UNKNOWN && stated_ != ZSTD_CONTENTSIZE_ERROR;
    if (states_one && produced_ != stated_) fail("a frame holds fewer bytes than it states");
  }

  std::size_t check(std::size_t result) {
    if (ZSTD_isError(result) == 0) return result;
    switch (ZSTD_getErrorCode(result)) {
      case ZSTD_error_frameParameter_windowTooLarge:
        throw over_limit(ErrorKind::limit,
                         fmt::format("{} needs a zstd window above the limit of {} bytes", what_, window_),
                         &Limits::zstd_window);
      case ZSTD_error_dictionary_wrong:
        throw Error(ErrorKind::unsupported, fmt::format("{} was compressed with a zstd dictionary", what_));
      case ZSTD_error_memory_allocation:
        throw Error(ErrorKind::machine_limit,
                    fmt::format("decompressing {}: there is not enough memory", what_));
      default:
        fail(ZSTD_getErrorName(result));
    }
  }
  [[noreturn]] void fail(std::string_view why) const {
    throw Error(ErrorKind::integrity, fmt::format("{} is not valid zstd: {}", what_, why));
  }

  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  DecoderInput& in_;
  std::string what_;
  std::uint64_t window_;
  OnPart on_part_;
  CompressedPart part_ = {};  // the frame that is read
  std::unique_ptr<ZSTD_DCtx, Free> context_;
  bool in_frame_ = false;
  std::size_t wanted_ = 0;             // bytes of input, as the library says
  std::vector<std::byte> block_ = {};  // kept for readers that take less at once
  std::size_t block_size_ = 0;
  std::size_t given_ = 0;            // of the block
  std::uint64_t block_begin_ = 0;    // in the input
  unsigned long long stated_ = 0;    // the bytes of this frame, as its header states them
  unsigned long long produced_ = 0;  // those that came out of it
};

}  // namespace

std::unique_ptr<Decoder> make_zstd_decoder(DecoderInput& in, std::string what, std::uint64_t window,
                                           OnPart on_part) {
  return std::make_unique<ZstdDecoder>(in, std::move(what), window, std::move(on_part));
}

bool begins_zstd(Bytes bytes) {
  if (bytes.size() < 4) return false;
  const auto at = [&](std::size_t i) { return std::to_integer<unsigned>(bytes[i]); };
  const unsigned magic = at(0) | at(1) << 8U | at(2) << 16U | at(3) << 24U;
  return magic == 0xfd2fb528U || (magic & 0xfffffff0U) == 0x184d2a50U;
}

}  // namespace whittle::layers
