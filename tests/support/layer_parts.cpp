#include "tests/support/layer_parts.hpp"

#include <memory>

#include "layers/compressed_part.hpp"
#include "layers/compression.hpp"

namespace whittle::test {

std::string bytes_of(const OpenSource& open) {
  const auto source = open();
  return read_all(*source, largest_layer, "the layer");
}

std::string end_of(const OpenSource& open, std::size_t size) {
  const auto source = open();
  std::string last;
  std::vector<std::byte> buffer(stream_buffer_size);
  while (const std::size_t count = source->read(buffer)) {
    last.append(as_text(Bytes(buffer).first(count)));
    if (last.size() > size) last.erase(0, last.size() - size);
  }
  return last;
}

std::string content_of(std::string_view compressed) {
  const auto decoder = layers::decompress(std::make_unique<TextSource>(std::string(compressed)), "a part");
  return read_all(*decoder, largest_layer, "a part");
}

std::vector<LayerPart> parts_of(const std::string& layer) {
  std::vector<LayerPart> parts;
  std::uint64_t offset = 0;
  const auto note = [&](const layers::CompressedPart& part) {
    parts.push_back({offset, part.compressed, part.content, part.header, part.skippable});
    offset += part.compressed;
  };
  const auto decoder = layers::decompress_traced(std::make_unique<TextSource>(layer), "it", {}, note);
  CountingSink rest;
  pump(*decoder, rest);
  return parts;
}

}  // namespace whittle::test
