#include "layers/gzip_stream.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

#include "common/error.hpp"

namespace whittle::layers {
namespace {

constexpr int stream_level = 9;

}  // namespace

struct GzipStream::State {
  z_stream stream{};
  gz_header header{};
  std::array<std::byte, 32U << 10U> output{};
};

GzipStream::GzipStream(ByteSink& out) : out_(out), state_(std::make_unique<State>()) {
  // + 16: a gzip header and trailer; 8: the memory that zlib takes unless told otherwise.
  if (deflateInit2(&state_->stream, stream_level, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw Error(ErrorKind::machine_limit, "there is not enough memory for compressing");
  state_->header.os = 255;  // unknown (RFC 1952, section 2.3.1): zlib would write the system it was made for
  deflateSetHeader(&state_->stream, &state_->header);
}

GzipStream::~GzipStream() {
  deflateEnd(&state_->stream);
}

void GzipStream::write(Bytes bytes) {
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max()));
    run(part, Z_NO_FLUSH);
    bytes = bytes.subspan(part.size());
  }
}

void GzipStream::finish() {
  run({}, Z_FINISH);
}

void GzipStream::run(Bytes bytes, int flush) {
  z_stream& stream = state_->stream;
  // zlib takes pointers to what it does not change.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  do {
    stream.next_out = reinterpret_cast<Bytef*>(state_->output.data());
    stream.avail_out = static_cast<uInt>(state_->output.size());
    if (deflate(&stream, flush) == Z_STREAM_ERROR)
      throw Error(ErrorKind::internal, "zlib was used after the end of its stream");
    out_.write(Bytes(state_->output).first(state_->output.size() - stream.avail_out));
  } while (stream.avail_out == 0);
}

std::string GzipStream::identity() {
  return fmt::format("zlib {} level {}", zlibVersion(), stream_level);
}

}  // namespace whittle::layers
