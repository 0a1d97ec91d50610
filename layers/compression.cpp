#include "layers/compression.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "layers/chunked_layer.hpp"
#include "layers/estargz_layer.hpp"
#include "layers/media_types.hpp"
#include "layers/member_codec.hpp"
#include "layers/member_compressor.hpp"

namespace whittle::layers {
namespace {

class NoCompressor final : public Compressor {
 public:
  explicit NoCompressor(ByteSink& out) : out_(out) {}
  void write(Bytes bytes) override { out_.write(bytes); }
  void finish() override {}
  std::vector<Member> take_members() override { return {}; }

 private:
  ByteSink& out_;
};

MemberFormat member_format(const Compression& compression) {
  return compression.format == Compression::Format::gzip ? gzip_members(compression.level)
                                                         : zstd_frames(compression.level);
}

}  // namespace

std::string Compression::identity() const {
  if (format == Format::none) return "none";
  if (by_file) return format == Format::gzip ? estargz_identity(level) : chunked_identity(level);
  const MemberFormat members = member_format(*this);
  return fmt::format("{}, {}, members of {}", format == Format::gzip ? "gzip" : "zstd", members.identity(),
                     members.member_size);
}

std::string_view Compression::format_name() const {
  switch (format) {
    case Format::none:
      return "none";
    case Format::gzip:
      return by_file ? "estargz" : "gzip";
    case Format::zstd:
      return by_file ? "zstd:chunked" : "zstd";
  }
  throw Error(ErrorKind::internal, "unknown compression format");
}

std::string_view Compression::layer_media_type() const {
  switch (format) {
    case Format::none:
      return media_type::oci_layer;
    case Format::gzip:
      return media_type::oci_layer_gzip;
    case Format::zstd:
      return media_type::oci_layer_zstd;
  }
  throw Error(ErrorKind::internal, "unknown compression format");
}

std::unique_ptr<Compressor> make_compressor(const Compression& compression, unsigned threads, ByteSink& out,
                                            MemberMemory* memory) {
  if (compression.by_file)
    throw Error(ErrorKind::internal,
                fmt::format("{} is a form of layers, not of streams", compression.format_name()));
  if (compression.format == Compression::Format::none) return std::make_unique<NoCompressor>(out);
  return std::make_unique<MemberCompressor>(member_format(compression), threads, out, memory);
}

}  // namespace whittle::layers
