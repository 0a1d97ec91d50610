// Streams for the targets that decode.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/bytes.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {

// Gives a text in pieces of at most `piece` bytes, as a connection does.
class PiecewiseSource final : public ByteSource {
 public:
  PiecewiseSource(std::string_view text, std::size_t piece) : text_(text), piece_(piece) {}
  std::size_t read(MutableBytes buffer) override {
    const auto count = text_.copy(reinterpret_cast<char*>(buffer.data()), std::min(buffer.size(), piece_));
    text_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view text_;
  std::size_t piece_;
};

inline constexpr std::size_t most_output = 1U << 20U;

// Decodes a text with `decoder(source)`, given whole and byte by byte: that must make no difference.
template <class Decoder>
std::optional<std::string> decoded_in_pieces(std::string_view text, const Decoder& decoder) {
  const auto decode = [&](std::size_t piece) {
    return parsed([&] {
      const auto source = decoder(std::make_unique<PiecewiseSource>(text, piece));
      return read_all(*source, most_output, "the output");
    });
  };
  auto whole = decode(text.size() + 1);
  require(decode(1) == whole, "how bytes arrive makes no difference");
  return whole;
}

}  // namespace whittle::fuzz
