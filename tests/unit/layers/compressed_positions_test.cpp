#include "layers/compressed_positions.hpp"

#include <vector>

#include "layers/compression.hpp"
#include "tests/unit/layers/helpers.hpp"

namespace whittle::layers {
namespace {

using test::compressed;
using test::sample;

constexpr Compression none{Compression::Format::none, Compression::Level::fast};
constexpr Compression gzip{Compression::Format::gzip, Compression::Level::balanced};
constexpr Compression zstd{Compression::Format::zstd, Compression::Level::balanced};

// Reads all of a blob in pieces of `step`, and adds a position after each.
CompressedPositions positions_of(const std::string& blob, std::size_t step) {
  const auto decoder = decompress_traced(std::make_unique<TextSource>(blob), "layer 1");
  CompressedPositions positions(0);
  std::vector<std::byte> buffer(step);
  std::uint64_t offset = 0;
  std::uint64_t last = 0;
  while (const auto count = decoder->read(buffer)) {
    offset += count;
    EXPECT_GE(decoder->consumed_bits(), last);
    last = decoder->consumed_bits();
    positions.add(offset, last);
  }
  EXPECT_EQ(decoder->consumed_bits(), blob.size() * 8);
  positions.add(offset, decoder->consumed_bits());
  return positions;
}

TEST(CompressedPositions, BeginAtTheStartAndEndWithTheBlob) {
  const auto text = sample(1'000'000);
  for (const auto& compression : {none, gzip, zstd})
    for (const std::size_t step : {100U, 1'024U, 131'072U, 200'000U}) {
      const auto blob = compressed(compression, text);
      const auto positions = positions_of(blob, step);
      EXPECT_EQ(positions.at(0), 0U);
      EXPECT_EQ(positions.at(text.size()), blob.size());
      std::uint64_t last = 0;
      for (std::uint64_t at = 0; at <= text.size(); at += 777) {
        EXPECT_GE(positions.at(at), last);
        last = positions.at(at);
      }
    }
}

TEST(CompressedPositions, WhatCompressesWellTakesLittleOfTheBlob) {
  // Less than a block of zstd each, and far apart in how they compress.
  const auto blank = std::string(300'000, ' ');
  const auto text = blank + sample(300'000) + blank;
  for (const auto& compression : {gzip, zstd}) {
    const auto blob = compressed(compression, text);
    const auto positions = positions_of(blob, 1'024);
    const auto part = [&](std::uint64_t begin, std::uint64_t end) {
      return positions.at(end) - positions.at(begin);
    };
    EXPECT_LT(part(0, 260'000), blob.size() / 50);
    EXPECT_GT(part(262'144, 655'360), blob.size() * 9 / 10);
  }
}

TEST(CompressedPositions, OfAnUncompressedBlobAreItsOwn) {
  const auto text = sample(10'000);
  const auto positions = positions_of(text, 1'024);
  for (std::uint64_t at = 0; at <= text.size(); ++at) EXPECT_EQ(positions.at(at), at);
}

// A thousand times more samples than are kept: the positions are coarser, and still add up.
TEST(CompressedPositions, StayBoundedAndAddUp) {
  CompressedPositions positions(80);
  std::uint64_t bits = 80;
  std::uint64_t offset = 0;
  for (std::uint64_t i = 0; i < 4 * CompressedPositions::most_samples; ++i)
    positions.add(offset += 512, bits += i % 4'000);
  std::uint64_t sum = 0;
  for (std::uint64_t at = 0; at < offset; at += 300'007)
    sum += positions.at(std::min(at + 300'007, offset)) - positions.at(at);
  EXPECT_EQ(positions.at(0), 10U);
  EXPECT_EQ(sum, bits / 8 - 10);
}

}  // namespace
}  // namespace whittle::layers
