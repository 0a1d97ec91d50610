// Bytes of any format, within small limits.
#include "layers/compression.hpp"
#include "tests/fuzz/streams.hpp"

void whittle::fuzz::decompress_input(std::string_view input) {
  Limits limits;
  limits.uncompressed_layer = 256U << 10U;
  limits.ratio = 100;
  limits.ratio_from = 16U << 10U;
  limits.zstd_window = 1U << 20U;
  const auto output = decoded_in_pieces(input, [&](std::unique_ptr<ByteSource> source) {
    return layers::decompress(std::move(source), "the input", limits);
  });
  if (!output) return;
  require(output->size() <= limits.uncompressed_layer, "the output keeps to its limit");
  require(output->size() <= limits.ratio_from || output->size() <= limits.ratio * input.size(),
          "the output keeps to the ratio");
}
