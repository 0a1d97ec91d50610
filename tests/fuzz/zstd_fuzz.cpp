// The decoder of zstd frames.
#include "layers/decoders.hpp"
#include "tests/fuzz/streams.hpp"

void whittle::fuzz::zstd_input(std::string_view input) {
  std::optional<layers::DecoderInput> bytes;
  decoded_in_pieces(input, [&](std::unique_ptr<ByteSource> source) {
    bytes.emplace(std::move(source));
    return layers::make_zstd_decoder(*bytes, "the input", 1U << 20U);
  });
}
