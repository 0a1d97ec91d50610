// gzip (RFC 1952) by zlib's inflate, which knows to the bit what each byte took of the input and shows the
// headers. It checks header flags, header CRC, CRC and length of each member.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

#include "common/error.hpp"
#include "layers/decoders.hpp"

namespace whittle::layers {
namespace {

class TracedGzipDecoder final : public Decoder {
 public:
  TracedGzipDecoder(DecoderInput& in, std::string what, OnPart on_part)
      : in_(in), what_(std::move(what)), on_part_(std::move(on_part)) {
    check(inflateInit2(&stream_, MAX_WBITS + 16));  // + 16: a gzip header and trailer, and nothing else
    begin_member();
  }
  ~TracedGzipDecoder() override { inflateEnd(&stream_); }
  TracedGzipDecoder(const TracedGzipDecoder&) = delete;
  TracedGzipDecoder& operator=(const TracedGzipDecoder&) = delete;

  std::size_t read(MutableBytes buffer) override {
    while (!done_) {
      if (const std::size_t count = step(buffer); count > 0) return count;
    }
    return 0;
  }
  Compression::Format format() const override { return Compression::Format::gzip; }
  // zlib keeps bits that it took and did not use yet: at most 63 (zlib.h, inflate, on data_type).
  std::uint64_t consumed_bits() const override {
    return in_.consumed() * 8 - (static_cast<unsigned>(stream_.data_type) & 63U);
  }

 private:
  // Feeds what input there is; returns how many bytes came out.
  std::size_t step(MutableBytes buffer) {
    const Bytes input = in_.peek(1);
    if (input.empty()) fail("it is cut off");
    // zlib takes pointers to what it does not change.
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(input.data()));
    stream_.avail_in = static_cast<uInt>(input.size());
    const std::size_t room = std::min<std::size_t>(buffer.size(), std::numeric_limits<uInt>::max());
    stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream_.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream_, Z_NO_FLUSH);
    in_.consume(input.size() - stream_.avail_in);
    if (result != Z_STREAM_END && result != Z_BUF_ERROR) check(result);
    if (header_.done == 0 && stream_.total_in > longest_gzip_header)
      fail(fmt::format("a header is longer than {} bytes", longest_gzip_header));
    if (result == Z_STREAM_END) end_member();
    return room - stream_.avail_out;
  }

  void begin_member() {
    header_ = {};
    if (on_part_) {
      header_.name = reinterpret_cast<Bytef*>(name_.data());
      header_.comment = reinterpret_cast<Bytef*>(comment_.data());
      header_.extra = reinterpret_cast<Bytef*>(extra_.data());
      header_.name_max = header_.comm_max = header_.extra_max = static_cast<uInt>(name_.size());
    }
    check(inflateGetHeader(&stream_, &header_));
  }

  // Another member may follow, and nothing else: not even zeros (hostile cases 93 and 95).
  void end_member() {
    if (on_part_) on_part_(part());
    const Bytes next = in_.peek(2);
    done_ = next.empty();
    if (done_) return;
    if (!begins_gzip(next)) fail("there are other bytes behind its last member");
    check(inflateReset(&stream_));
    begin_member();
  }

  // zlib takes the pointers of fields away that the header does not have.
  CompressedPart part() const {
    CompressedPart part{Compression::Format::gzip, stream_.total_in, stream_.total_out};
    part.header["mtime"] = std::to_string(header_.time);
    part.header["os"] = std::to_string(header_.os);
    part.header["xfl"] = std::to_string(header_.xflags);
    const auto put = [&](const char* field, const Bytef* bytes, std::size_t length) {
      if (bytes != nullptr) part.header[field] = std::string(reinterpret_cast<const char*>(bytes), length);
    };
    const auto length = [](const std::array<char, 256>& text) {
      return static_cast<std::size_t>(std::find(text.begin(), text.end(), '\0') - text.begin());
    };
    put("name", header_.name, length(name_));
    put("comment", header_.comment, length(comment_));
    put("extra", header_.extra, std::min<std::size_t>(header_.extra_len, extra_.size()));
    return part;
  }

  void check(int result) {
    if (result == Z_OK) return;
    if (result == Z_MEM_ERROR)
      throw Error(ErrorKind::machine_limit,
                  fmt::format("decompressing {}: there is not enough memory", what_));
    fail(stream_.msg != nullptr ? stream_.msg : "its data is invalid");
  }
  [[noreturn]] void fail(std::string_view why) const {
    throw Error(ErrorKind::integrity, fmt::format("{} is not valid gzip: {}", what_, why));
  }

  DecoderInput& in_;
  std::string what_;
  z_stream stream_ = {};
  OnPart on_part_;
  gz_header header_ = {};
  std::array<char, 256> name_ = {};  // what the header has of each, cut
  std::array<char, 256> comment_ = {};
  std::array<char, 256> extra_ = {};
  bool done_ = false;
};

}  // namespace

std::unique_ptr<Decoder> make_traced_gzip_decoder(DecoderInput& in, std::string what, OnPart on_part) {
  return std::make_unique<TracedGzipDecoder>(in, std::move(what), std::move(on_part));
}

}  // namespace whittle::layers
