// The decoder of gzip members.
#include "layers/decoders.hpp"
#include "tests/fuzz/streams.hpp"

void whittle::fuzz::gzip_input(std::string_view input) {
  std::optional<layers::DecoderInput> bytes;
  decoded_in_pieces(input, [&](std::unique_ptr<ByteSource> source) {
    bytes.emplace(std::move(source));
    return layers::make_gzip_decoder(*bytes, "the input");
  });
}
