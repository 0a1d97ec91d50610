// Compressed bytes, pinned: for every level, at the edges of members, of contents that compress well, badly
// and not at all. They are a function of the content, the library and its version alone: not of threads, and
// not of the vector extensions of the processor; tests/flow/vector_extensions.sh runs this program on
// several. After an update of a library, write the new digests here (hostile case 102).
#include <array>
#include <iostream>

#include "tests/unit/layers/helpers.hpp"

namespace whittle::test {
namespace {

using layers::Compression;
using Format = Compression::Format;
using Level = Compression::Level;

std::string noise(std::size_t size) {
  std::string bytes;
  std::uint64_t state = 0x9e3779b97f4a7c15ULL;
  while (bytes.size() < size) {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    for (unsigned shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(state >> shift & 0xffU);
  }
  bytes.resize(size);
  return bytes;
}

std::string runs(std::size_t size) {
  std::string bytes;
  for (std::size_t length = 1; bytes.size() < size; length = length * 5 % 300'007)
    bytes.append(length, static_cast<char>(length % 3));
  bytes.resize(size);
  return bytes;
}

// The digests of sizes 0, 1, a member less one, one, one more, and several members; of noise; of runs.
// Another size of members than `member` changes all but the first two.
std::string digests(Format format, Level level, std::size_t member) {
  const std::string text = sample(2 * member + 7);
  const auto digest = [&](std::string_view content, unsigned threads) {
    return std::string(Digest::of(compressed({format, level}, content, threads)).short_hex());
  };
  std::string line;
  for (const std::size_t size : {std::size_t(0), std::size_t(1), member - 1, member, member + 1})
    line += digest(std::string_view(text).substr(0, size), 1) + ' ';
  const std::string several = digest(text, 1);
  for (const unsigned threads : {2U, 7U}) EXPECT_EQ(digest(text, threads), several) << threads << " threads";
  return line + several + ' ' + digest(noise(member + 1), 2) + ' ' + digest(runs(member + 1), 2);
}

TEST(GoldenBytes, GzipFast) {
  EXPECT_EQ(digests(Format::gzip, Level::fast, 131'072),
            "81da0491c5af 33feff653214 ce9c0061a127 c89c18c7b487 d8772aff0b15 "
            "ca589951cd1b 0b9b259deffd bdbe150fe81a");
}
TEST(GoldenBytes, GzipBalanced) {
  EXPECT_EQ(digests(Format::gzip, Level::balanced, 131'072),
            "30e6fa98fb48 7f96253d73b6 43e8fd580d0c 395bed26f5b3 f4270f126597 "
            "92a1015dbcc7 22ee5fb4125a cd66b2b68c6f");
}
TEST(GoldenBytes, GzipSmallest) {
  EXPECT_EQ(digests(Format::gzip, Level::smallest, 1'048'576),
            "10c2221846da 61a0c3dd52b3 fd2cec6ee849 5dcf379a625a f74b916801fe "
            "2aae2b373e7f 9942736ed570 eef4ee40c3c3");
}
TEST(GoldenBytes, ZstdFast) {
  EXPECT_EQ(digests(Format::zstd, Level::fast, 1'048'576),
            "f96deff18160 e9fc098d3fc2 e98a4aa5440b bbb35365f692 6eebb7c6dbbe "
            "c51e4d174f18 aee0ce455bf8 894b9369406a");
}
TEST(GoldenBytes, ZstdBalanced) {
  EXPECT_EQ(digests(Format::zstd, Level::balanced, 1'048'576),
            "f96deff18160 e9fc098d3fc2 5b03f13c58bf cdf4d9e2caa1 3cf302ef48e5 "
            "db502fb4826c aee0ce455bf8 53d403dfe2ee");
}
TEST(GoldenBytes, ZstdSmallest) {
  EXPECT_EQ(digests(Format::zstd, Level::smallest, 1'048'576),
            "f96deff18160 e9fc098d3fc2 01e0853605c2 c5977d10925c fa52d450d965 "
            "496ffdf89ebb aee0ce455bf8 ba60d9b02ad6");
}

// A layer of eStargz at each level: files below, at and above a chunk, and the index.
TEST(GoldenBytes, Estargz) {
  layers::FileTree tree;
  tree.add("a/small", file("text"));
  tree.add("b/exact", file(sample(4'194'304)));
  tree.add("c/more", file(sample(4'194'305)));
  std::string line;
  for (const Level level : {Level::fast, Level::balanced, Level::smallest})
    line +=
        std::string(written(tree, {{Format::gzip, level, true}, 0, 2}).layer.descriptor.digest.short_hex()) +
        ' ';
  EXPECT_EQ(line, "ca53154aa0b6 0c1adcfd4995 d939c7eaf742 ");
}

#if defined(__x86_64__)
// Which code the libraries choose here; for the flow, to see that processors differ in it.
TEST(GoldenBytes, DISABLED_SaysWhatTheProcessorHas) {
  __builtin_cpu_init();
  std::cout << "extensions:" << (__builtin_cpu_supports("sse4.2") != 0 ? " sse4.2" : "")
            << (__builtin_cpu_supports("pclmul") != 0 ? " pclmul" : "")
            << (__builtin_cpu_supports("avx2") != 0 ? " avx2" : "")
            << (__builtin_cpu_supports("bmi2") != 0 ? " bmi2" : "") << '\n';
}

// A compressor that depends on the processor: its members are as many vectors long, where there is AVX2. The
// flow has to see it fail elsewhere.
TEST(GoldenBytes, DISABLED_OfACompressorThatDependsOnTheProcessor) {
  __builtin_cpu_init();
  const std::size_t width = __builtin_cpu_supports("avx2") != 0 ? 32 : 16;
  const std::string text = sample(100'000);
  std::string blocks;
  for (std::size_t i = 0; i < text.size(); i += 1'000 * width)
    blocks += compressed({Format::gzip, Level::fast}, std::string_view(text).substr(i, 1'000 * width));
  EXPECT_EQ(Digest::of(blocks).short_hex(), "2ab584e54088");
}
#endif

}  // namespace
}  // namespace whittle::test
