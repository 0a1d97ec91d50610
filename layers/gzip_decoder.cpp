// gzip (RFC 1952) by ISA-L's inflate, which takes about half of the time that zlib's takes and decodes ahead
// of what it gives out. It checks header CRC, CRC and length of each member.
#include <fmt/format.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <limits>

#include "common/error.hpp"
#include "layers/decoders.hpp"

namespace whittle::layers {
namespace {

class GzipDecoder final : public Decoder {
 public:
  GzipDecoder(DecoderInput& in, std::string what)
      : in_(in), what_(std::move(what)), state_(std::make_unique<inflate_state>()) {
    isal_inflate_init(state_.get());
    begin_member();
  }

  std::size_t read(MutableBytes buffer) override {
    while (!done_) {
      if (const std::size_t count = step(buffer); count > 0) return count;
    }
    return 0;
  }
  Compression::Format format() const override { return Compression::Format::gzip; }
  std::uint64_t consumed_bits() const override { return in_.consumed() * 8; }

 private:
  // The library is called between these two: with what input there is, of which it takes a part.
  void offer_input() {
    const Bytes input = in_.peek(1);
    // The library takes pointers to what it does not change.
    state_->next_in = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(input.data()));
    state_->avail_in = static_cast<std::uint32_t>(input.size());
    offered_ = input.size();
  }
  void settle_input() {
    taken_ = offered_ - state_->avail_in;
    in_.consume(taken_);
  }

  // Decodes into the buffer; returns how many bytes came out.
  std::size_t step(MutableBytes buffer) {
    const auto room = std::min<std::size_t>(buffer.size(), std::numeric_limits<std::uint32_t>::max());
    state_->next_out = reinterpret_cast<std::uint8_t*>(buffer.data());
    state_->avail_out = static_cast<std::uint32_t>(room);
    offer_input();
    const int result = isal_inflate(state_.get());
    settle_input();
    check(result, "incorrect data check");
    const auto count = room - state_->avail_out;
    if (state_->block_state == ISAL_BLOCK_FINISH)
      end_member();
    else if (count == 0 && taken_ == 0)  // what it holds back has come out before
      fail(offered_ == 0 ? "it is cut off" : "its data is invalid");
    return count;
  }

  void begin_member() {
    static constexpr std::size_t fixed_part = 10;
    static constexpr unsigned reserved_flags = 0xe0;
    const Bytes start = in_.peek(fixed_part);
    if (start.size() < fixed_part) fail("it is cut off");
    if ((std::to_integer<unsigned>(start[3]) & reserved_flags) != 0) fail("unknown header flags set");
    header_ = {};
    const auto begin = in_.consumed();
    for (int result = ISAL_END_INPUT; result != ISAL_DECOMP_OK;) {
      offer_input();
      result = isal_read_gzip_header(state_.get(), &header_);
      settle_input();
      if (result != ISAL_END_INPUT) check(result, "header crc mismatch");
      if (in_.consumed() - begin > longest_gzip_header)
        fail(fmt::format("a header is longer than {} bytes", longest_gzip_header));
      if (result == ISAL_END_INPUT && offered_ == 0) fail("it is cut off");
    }
    state_->crc_flag = ISAL_GZIP_NO_HDR_VER;  // what follows is the data, and a trailer to be verified
  }

  // Another member may follow, and nothing else: not even zeros (hostile cases 93 and 95).
  void end_member() {
    const Bytes next = in_.peek(2);
    done_ = next.empty();
    if (done_) return;
    if (!begins_gzip(next)) fail("there are other bytes behind its last member");
    isal_inflate_reset(state_.get());
    begin_member();
  }

  void check(int result, std::string_view wrong_checksum) const {
    switch (result) {
      case ISAL_DECOMP_OK:
        return;
      case ISAL_INVALID_BLOCK:
        fail("invalid block");
      case ISAL_INVALID_SYMBOL:
        fail("invalid symbol");
      case ISAL_INVALID_LOOKBACK:
        fail("invalid distance too far back");
      case ISAL_INVALID_WRAPPER:
        fail("incorrect header");
      case ISAL_UNSUPPORTED_METHOD:
        fail("unknown compression method");
      case ISAL_INCORRECT_CHECKSUM:
        fail(wrong_checksum);
      default:
        fail("its data is invalid");
    }
  }
  [[noreturn]] void fail(std::string_view why) const {
    throw Error(ErrorKind::integrity, fmt::format("{} is not valid gzip: {}", what_, why));
  }

  DecoderInput& in_;
  std::string what_;
  std::unique_ptr<inflate_state> state_;  // 90 KB: a window and tables
  isal_gzip_header header_ = {};          // nothing of it is kept
  std::size_t offered_ = 0;               // bytes, at the last call of the library
  std::size_t taken_ = 0;                 // those of them that it consumed
  bool done_ = false;
};

}  // namespace

std::unique_ptr<Decoder> make_gzip_decoder(DecoderInput& in, std::string what) {
  return std::make_unique<GzipDecoder>(in, std::move(what));
}

bool begins_gzip(Bytes bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

}  // namespace whittle::layers
