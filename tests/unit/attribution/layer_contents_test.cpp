#include "attribution/layer_contents.hpp"

#include <fmt/format.h>

#include "common/file.hpp"
#include "layers/media_types.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/hostile_tar.hpp"
#include "tests/support/memory_image.hpp"
#include "tests/unit/attribution/helpers.hpp"
#include "tests/unit/layers/helpers.hpp"

namespace whittle::attribution {
namespace {

using layers::Compression;
using test::HostileTar;
using test::sample;
using testing::HasSubstr;

class LayerContentsTest : public testing::Test {
 protected:
  LayerContents read(const std::string& blob, const std::optional<Digest>& diff_id = std::nullopt) {
    test::MemoryImage image;
    const auto descriptor = image.add_blob(std::string(layers::media_type::oci_layer_gzip), blob);
    ReadOptions options;
    options.scratch = folder_.path();
    options.image_size = blob.size();
    return read_layer(image, descriptor, diff_id, options);
  }
  // Whatever is in it, the parts are the blob and the tar.
  LayerContents checked(const std::string& tar, Compression::Format format = Compression::Format::gzip) {
    const auto blob = test::compressed({format, Compression::Level::fast}, tar);
    auto contents = read(blob, Digest::of(tar));
    const auto nodes = nodes_of(contents);
    EXPECT_EQ(test::sum_of(nodes).raw, tar.size());
    EXPECT_EQ(test::sum_of(nodes).compressed, blob.size());
    EXPECT_EQ(contents.size, (Size{tar.size(), blob.size()}));
    test::expect_sums(nodes);
    return contents;
  }
  TemporaryFolder folder_{std::filesystem::temp_directory_path()};
};

TEST_F(LayerContentsTest, PartsAddUpToTheBlob) {
  HostileTar tar;
  for (int i = 0; i < 50; ++i)
    tar.file(fmt::format("etc/file{}", i), sample(static_cast<std::size_t>(i) * 997));
  tar.link("etc/link", "file1", '2').link("etc/hard", "etc/file2", '1');
  tar.file("etc/again", sample(3 * 997));
  for (const auto format :
       {Compression::Format::none, Compression::Format::gzip, Compression::Format::zstd}) {
    const auto contents = checked(tar.text(), format);
    EXPECT_EQ(contents.entries.size(), 53U);
    EXPECT_EQ(contents.format, format);
    EXPECT_FALSE(contents.broken);
    ASSERT_TRUE(contents.entries[3].content);
    EXPECT_EQ(contents.entries[3].content, contents.entries[52].content);
    EXPECT_NE(contents.entries[3].content, contents.entries[4].content);
    EXPECT_EQ(contents.entries[3].cost.raw, 512U + 3'072U);
    EXPECT_FALSE(contents.entries[50].content);
    EXPECT_EQ(contents.entries[51].cost.raw, 512U);
  }
}

TEST_F(LayerContentsTest, ALayerThatIsNotCompressedHasTheDiffIdOfItsBlob) {
  const auto tar = HostileTar().file("a", sample(500'000)).text();
  EXPECT_EQ(read(tar).diff_id, Digest::of(tar));
  EXPECT_EQ(read("").diff_id, Digest::of(""));
  EXPECT_THAT(test::failure([&] { read(tar, Digest::of("other")); }), HasSubstr("its config states"));
}

TEST_F(LayerContentsTest, WhatCompressesWellCostsLittle) {
  const auto contents =
      checked(HostileTar().file("blank", std::string(200'000, ' ')).file("noise", sample(200'000)).text());
  EXPECT_LT(contents.entries[0].cost.compressed * 50, contents.entries[1].cost.compressed);
}

TEST_F(LayerContentsTest, Hostile88_LayersWithNothingInThem) {
  for (const auto& tar : {std::string(), std::string(1'024, '\0'), HostileTar().file(".wh.a", "").text()})
    checked(tar);
}

TEST_F(LayerContentsTest, Hostile71_BytesBehindTheEndBelongToIt) {
  const auto contents = checked(HostileTar().file("a", "1").text() + std::string(5'000, 'x'));
  EXPECT_GT(contents.end_of_archive.raw, 5'000U);
}

TEST_F(LayerContentsTest, Hostile69And70_WhatCannotBeReadIsUnattributed) {
  const auto good = HostileTar().file("a", sample(3'000)).text();
  auto bad_header = HostileTar().file("a", sample(3'000)).file("b", sample(9'000)).text();
  bad_header[512 + 3'072 + 148] = '7';
  const auto contents = checked(bad_header);
  EXPECT_EQ(contents.entries.size(), 1U);
  ASSERT_TRUE(contents.broken);
  EXPECT_THAT(*contents.broken, HasSubstr("checksum"));
  EXPECT_EQ(contents.unattributed.raw, bad_header.size() - 512 - 3'072);
  for (const std::size_t size : {100U, 511U, 600U, 3'000U, 3'584U}) checked(good.substr(0, size));
  EXPECT_TRUE(checked(sample(20'000)).broken);
}

TEST_F(LayerContentsTest, Hostile93_MembersAndSkippableFramesCountToo) {
  const auto tar = HostileTar().file("a", sample(500'000)).text();
  const Compression gzip{Compression::Format::gzip, Compression::Level::fast};
  const auto parts = test::compressed(gzip, tar.substr(0, 1'000)) + test::compressed(gzip, tar.substr(1'000));
  EXPECT_EQ(test::sum_of(nodes_of(read(parts))).compressed, parts.size());
  const std::string skippable = std::string("\x50\x2a\x4d\x18\x08\0\0\0", 8) + "12345678";
  const auto zstd = test::compressed({Compression::Format::zstd, Compression::Level::fast}, tar) + skippable;
  const auto contents = read(zstd);
  EXPECT_EQ(test::sum_of(nodes_of(contents)).compressed, zstd.size());
  EXPECT_GE(contents.frame.compressed, skippable.size());
}

TEST_F(LayerContentsTest, Hostile96And101_AStreamThatContradictsItselfIsRefused) {
  auto blob = test::compressed({Compression::Format::gzip, Compression::Level::fast},
                               HostileTar().file("a", "1").text());
  EXPECT_THAT(test::failure([&] { read(blob, Digest::of(std::string_view("other"))); }),
              HasSubstr("its config states"));
  blob[blob.size() - 6] = static_cast<char>(~blob[blob.size() - 6]);
  EXPECT_THAT(test::failure([&] { read(blob); }), HasSubstr("integrity: "));
}

}  // namespace
}  // namespace whittle::attribution
