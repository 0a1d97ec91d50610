// What is compressed is decompressed to the same, and how it was written makes no difference. The first byte
// chooses format and level.
#include "layers/compression.hpp"

#include <array>

#include "tests/fuzz/streams.hpp"

namespace whittle::fuzz {
namespace {

using layers::Compression;

Compression chosen_by(unsigned char byte) {
  using enum Compression::Format;
  using enum Compression::Level;
  constexpr std::array formats = {none, gzip, zstd};
  constexpr std::array levels = {fast, balanced, smallest};
  return {formats[byte % 3], levels[byte / 3 % 3]};
}

std::string compressed(std::string_view text, const Compression& compression, std::size_t piece) {
  TextSink sink(most_output, "the output");
  const auto compressor = layers::make_compressor(compression, 1, sink);
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
    compressor->write(as_bytes(text.substr(0, piece)));
  compressor->finish();
  return sink.take();
}

}  // namespace

void compress_input(std::string_view input) {
  if (input.empty()) return;
  const auto compression = chosen_by(static_cast<unsigned char>(input[0]));
  const auto text = input.substr(1);
  const auto bytes = compressed(text, compression, text.size() + 1);
  require(compressed(text, compression, 1 + text.size() / 7) == bytes,
          "how it is written makes no difference");
  if (compression.format == Compression::Format::none) return require(bytes == text, "nothing is changed");
  const auto output = decoded_in_pieces(
      bytes, [](std::unique_ptr<ByteSource> source) { return layers::decompress(std::move(source), "it"); });
  require(output == text, "what was compressed comes back");
}

}  // namespace whittle::fuzz
