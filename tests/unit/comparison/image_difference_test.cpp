#include "comparison/image_difference.hpp"

#include "comparison/difference_json.hpp"
#include "comparison/difference_page.hpp"
#include "comparison/difference_text.hpp"
#include "tests/support/failure.hpp"
#include "tests/unit/comparison/helpers.hpp"

namespace whittle::comparison {
namespace {

using test::difference_of;
using test::ImageMaker;
using test::lines_of;
using test::tar_of;
using test::texts_of;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

// The findings of two images of one layer each.
std::vector<std::string> layer_differences(const std::vector<test::TarFile>& a,
                                           const std::vector<test::TarFile>& b) {
  return lines_of(difference_of({{tar_of(a)}}, {{tar_of(b)}}).findings);
}

TEST(ImageDifference, EqualImagesAreNotRead) {
  const ImageMaker maker{{tar_of({{"a", "x"}})}};
  auto left = maker.image();
  auto right = maker.image();
  const auto difference = compare_images(left, right, {{}, true, "/nowhere", {}});
  EXPECT_TRUE(difference.equal());
  EXPECT_TRUE(difference.findings.empty());
  EXPECT_EQ(left.opened() + right.opened(), 0U);
}

TEST(ImageDifference, EqualLayersAreSkipped) {
  const auto below = tar_of({{"base", std::string(100'000, 'b')}});
  auto left = ImageMaker{{below, tar_of({{"a", "x"}})}}.image();
  auto right = ImageMaker{{below, tar_of({{"a", "y"}})}}.image();
  const auto difference = compare_images(left, right, {{}, true, std::filesystem::temp_directory_path(), {}});
  EXPECT_EQ(left.opened(), 2U);  // its config and one layer
  EXPECT_EQ(difference.layers.at(0).state, ComparedLayer::State::equal);
  EXPECT_EQ(difference.layers.at(1).state, ComparedLayer::State::different);
}

TEST(ImageDifference, TheFieldsOfAnEntry) {
  EXPECT_THAT(
      layer_differences({{"etc/x", "1", 0644, 0, 0}}, {{"etc/x", "1", 0600, 60, 7}}),
      IsSupersetOf({"linux/amd64 > layer 1 > etc/x mode: 0644 -> 0600",
                    "linux/amd64 > layer 1 > etc/x mtime: 1970-01-01T00:00:00Z -> 1970-01-01T00:01:00Z",
                    "linux/amd64 > layer 1 > etc/x uid: 0 -> 7"}));
  EXPECT_THAT(layer_differences({{"l", "", 0777, 0, 0, '2', "a"}}, {{"l", "", 0777, 0, 0, '2', "b"}}),
              Contains("linux/amd64 > layer 1 > l link-target: a -> b"));
  EXPECT_THAT(layer_differences({{"a/", "", 0755, 0, 0, '5'}}, {{"a", "file"}}),
              Contains("linux/amd64 > layer 1 > a type: directory -> file"));
}

TEST(ImageDifference, EntriesThatOneHasAloneAndThoseInAnotherOrder) {
  EXPECT_THAT(layer_differences({{"a", "1"}, {"b", "2"}}, {{"b", "2"}, {"c", "33"}}),
              IsSupersetOf({"linux/amd64 > a entry: file of 1 bytes -> -",
                            "linux/amd64 > c entry: - -> file of 2 bytes"}));
  EXPECT_THAT(layer_differences({{"b", "2"}, {"a", "1"}, {"c", "3"}}, {{"a", "1"}, {"b", "2"}, {"c", "3"}}),
              ElementsAre("linux/amd64 > layer 1 order"));
  // Contents are compared wherever the entries stand.
  EXPECT_THAT(layer_differences({{"b", "2\n"}, {"a", "1"}}, {{"a", "1"}, {"b", "3\n"}}),
              Contains("linux/amd64 > layer 1 > b > line 1 text: 2 -> 3"));
}

TEST(ImageDifference, AnEntryThatIsThereTwice) {  // hostile 64
  EXPECT_THAT(layer_differences({{"a", "1"}, {"a", "1"}}, {{"a", "1"}}),
              Contains("linux/amd64 > layer 1 > a duplicate: more than once -> -"));
}

TEST(ImageDifference, WhatLiesBehindTheEnd) {  // hostile 70 and 71
  const auto tar = tar_of({{"a", "1"}});
  EXPECT_THAT(lines_of(difference_of({{tar}}, {{tar + std::string(512, 'x')}}).findings),
              Contains("linux/amd64 > layer 1 trailing-bytes: 0 -> 512"));
  EXPECT_THAT(lines_of(difference_of({{tar}}, {{tar.substr(0, tar.size() - 512)}}).findings),
              Contains("linux/amd64 > layer 1 end-blocks: 2 -> 1"));
}

TEST(ImageDifference, LargeFilesThatDifferInOneByte) {
  for (const std::size_t at : {std::size_t{0}, std::size_t{300'000}, std::size_t{999'999}}) {
    std::string a(1'000'000, 'a');
    a[17] = '\0';
    auto b = a;
    b[at] = 'b';
    const auto difference =
        difference_of({{tar_of({{"f", a}, {"g", "same"}})}}, {{tar_of({{"f", b}, {"g", "same"}})}});
    ASSERT_EQ(difference.findings.count(), 1U);
    EXPECT_EQ(difference.findings.kept()[0].note,
              "the first difference is at byte " + std::to_string(at) + " of 1000000; differing: 1 byte");
  }
  // Text is kept while it passes, the equal beginning once.
  std::string text;
  while (text.size() < 1'500'000) text += "line " + std::to_string(text.size()) + "\n";
  auto other = text;
  other.insert(1'200'000, "!");
  EXPECT_THAT(texts_of(difference_of({{tar_of({{"t", text}})}}, {{tar_of({{"t", other}})}}).causes),
              ElementsAre(HasSubstr("file t was modified: line ")));
}

TEST(ImageDifference, AnotherCompressor) {
  const auto tar = tar_of({{"a", std::string(300'000, 'a')}});
  ImageMaker zstd{{tar}};
  zstd.compression.format = layers::Compression::Format::zstd;
  const auto difference = difference_of({{tar}}, zstd);
  EXPECT_EQ(difference.layers.at(0).state, ComparedLayer::State::compressed_differently);
  ASSERT_FALSE(difference.causes.empty());
  EXPECT_THAT(difference.causes[0].text,
              HasSubstr("compressed by another compressor, contents equal: whittle (libdeflate)"));
}

TEST(ImageDifference, AFileThatMovedBetweenLayers) {
  const auto difference =
      difference_of({{tar_of({{"a", "1"}, {"b", "2"}})}}, {{tar_of({{"a", "1"}}), tar_of({{"b", "2"}})}});
  EXPECT_THAT(lines_of(difference.findings),
              IsSupersetOf({"linux/amd64 > b moved: layer 1 -> layer 2", "linux/amd64 tree"}));
  EXPECT_THAT(texts_of(difference.causes), Contains(HasSubstr("the merged trees are equal")));
}

TEST(ImageDifference, AFileThatALaterLayerRemoves) {
  const auto difference =
      difference_of({{tar_of({{"a", "1"}, {"b", "2"}}), tar_of({{".wh.b", ""}})}}, {{tar_of({{"a", "1"}})}});
  EXPECT_THAT(lines_of(difference.findings),
              IsSupersetOf({"linux/amd64 > .wh.b whiteout: hidden from the layers below -> -",
                            "linux/amd64 > b entry: file of 1 bytes -> -", "linux/amd64 tree"}));
}

TEST(ImageDifference, AnArchiveInAFileByMember) {
  const auto inner = [](const char* text) { return tar_of({{"deep/x", text}, {"deep/y", "same"}}); };
  EXPECT_THAT(layer_differences({{"f.tar", inner("1\n")}}, {{"f.tar", inner("2\n")}}),
              Contains("linux/amd64 > layer 1 > f.tar > deep/x > line 1 text: 1 -> 2"));
}

TEST(ImageDifference, ConfigurationFieldByField) {
  ImageMaker a{{tar_of({{"x", "1"}})}};
  ImageMaker b = a;
  a.execution.env = {"TZ=UTC", "A=1"};
  b.execution.env = {"TZ=CET", "B=2"};
  a.execution.user = "0";
  b.execution.labels = {{"l", "v"}};
  b.annotations = {{"org.opencontainers.image.base.digest", "sha256:1"}};
  const auto difference = difference_of(a, b);
  EXPECT_THAT(lines_of(difference.findings),
              IsSupersetOf({"linux/amd64 > config > TZ env: UTC -> CET",
                            "linux/amd64 > config > A env: 1 -> -", "linux/amd64 > config > B env: - -> 2",
                            "linux/amd64 > config user: 0 -> -", "linux/amd64 > config > l label: - -> v"}));
  EXPECT_THAT(texts_of(difference.causes), Contains("base image differs: sha256:1, only in B"));
}

TEST(ImageDifference, ALayerThatContradictsItsDiffIdIsAnError) {  // hostile 101
  auto left = ImageMaker{{tar_of({{"a", "1"}})}}.image();
  auto right = ImageMaker{{tar_of({{"a", "2"}})}}.image();
  const auto manifest = layers::parse_manifest(right.root(), "m");
  right.corrupt(manifest.layers[0].digest, tar_of({{"a", "3"}}));
  EXPECT_THAT(test::failure([&] {
                compare_images(left, right, {{}, true, std::filesystem::temp_directory_path(), {}});
              }),
              testing::StartsWith("integrity: the layer"));
}

TEST(ImageDifference, LimitsThatAreSetCount) {
  auto left = ImageMaker{{tar_of({{"a", "1"}})}}.image();
  auto right = ImageMaker{{tar_of({{"a", "1"}, {"b", "2"}})}}.image();
  DifferenceOptions options{{}, true, std::filesystem::temp_directory_path(), {}, {}};
  options.limits.layer_entries = 1;
  EXPECT_THAT(test::failure([&] { compare_images(left, right, options); }),
              testing::StartsWith("limit: the layer"));
  options.limits.layer_entries = 2;
  options.limits.uncompressed_layer = 1'000;
  EXPECT_THAT(test::failure([&] { compare_images(left, right, options); }),
              testing::StartsWith("limit: the layer"));
}

TEST(ImageDifference, NamesAreInertInEveryOutput) {  // hostile 272 and 273
  const std::string name = "etc/<script>alert(1)</script>\"'\x1b[31m\xe2\x80\xae\xff";
  const auto difference = difference_of({{tar_of({{name, "1"}})}}, {{tar_of({{name, "2"}})}});
  const auto page = page_of(difference, "<a>", "b");
  EXPECT_THAT(page, Not(HasSubstr("<script>")));
  EXPECT_THAT(page, Not(HasSubstr("<a>")));
  for (const auto& text : {page, text_of(difference, "a", "b", false)}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos);
  }
  EXPECT_THAT(canonical(to_json(difference, "a", "b\xff")), HasSubstr("\\\\xff"));
}

}  // namespace
}  // namespace whittle::comparison
