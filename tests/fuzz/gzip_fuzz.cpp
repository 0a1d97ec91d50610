// The two decoders of gzip members: what both take is the same content.
#include "layers/decoders.hpp"
#include "tests/fuzz/streams.hpp"

void whittle::fuzz::gzip_input(std::string_view input) {
  std::optional<layers::DecoderInput> bytes;
  const auto fast = decoded_in_pieces(input, [&](std::unique_ptr<ByteSource> source) {
    bytes.emplace(std::move(source));
    return layers::make_gzip_decoder(*bytes, "the input");
  });
  const auto traced = decoded_in_pieces(input, [&](std::unique_ptr<ByteSource> source) {
    bytes.emplace(std::move(source));
    return layers::make_traced_gzip_decoder(*bytes, "the input", {});
  });
  require(fast == traced, "the decoders agree");
}
