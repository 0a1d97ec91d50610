// Images that lie (hostile.md, groups C to E): slimming them ends in the right image, or in an error that
// says what is wrong; and what is gone has a line in the report.
#include <fmt/format.h>

#include <set>

#include "layers/media_types.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/hostile_tar.hpp"
#include "tests/unit/slimming/helpers.hpp"

namespace whittle::slimming {
namespace {

using test::failure;
using test::HostileTar;
using test::tar_of;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class HostileSlim : public test::SlimTest {
 protected:
  // Of the image that a layer of these paths is laid under, so that it is written anew.
  static HostileTar something() { return HostileTar().file("tmp/x", "1"); }

  std::vector<std::string> slimmed_paths(std::vector<std::string> tars) {
    const auto result = slimmed(std::move(tars));
    everything_is_told(result);
    std::vector<std::string> paths;
    for (const auto& layer : layers_of(*result.image))
      for (const auto& line : layer) paths.push_back(line.substr(0, line.find(' ')));
    std::sort(paths.begin(), paths.end());
    return paths;
  }
  // Each file of the new image is told to be there, and each that is told to be is.
  static void everything_is_told(const Slimmed& result) {
    std::set<std::string> told;
    for (const auto& file : result.files)
      if (file.action != FileReport::Action::drop) told.insert(file.path);
    std::set<std::string> there;
    for (const auto& layer : layers_of(*result.image))
      for (const auto& line : layer)
        if (line.find(" 5 ") == std::string::npos) there.insert(line.substr(0, line.find(' ')));
    EXPECT_EQ(there, told);
  }
  std::string refusal(const HostileTar& tar) {
    return failure([&] { slimmed({something().text(), tar.text()}); });
  }
};

TEST_F(HostileSlim, Hostile057_NamesThatLeadUpwardsAreRefused) {
  for (const auto* name : {"../../etc/passwd", "a/../../b"})
    EXPECT_THAT(refusal(HostileTar().file(name, "1")), HasSubstr("integrity")) << name;
}

TEST_F(HostileSlim, Hostile058_ManyFormsOfOneNameAreOneFile) {
  EXPECT_THAT(slimmed_paths({something().text(), HostileTar()
                                                     .file("/etc/x", "1")
                                                     .file("//etc/x", "2")
                                                     .file("./etc/x", "3")
                                                     .file("etc//x", "4")
                                                     .file("etc/./x", "5")
                                                     .text()}),
              ElementsAre("etc/x"));
  const auto result = slimmed({something().text(), HostileTar().file("a", "1").file("./a", "22").text()});
  EXPECT_THAT(changes_of(result), UnorderedElementsAre("a: drop hidden", "tmp/x: drop temporary"));
  EXPECT_EQ(result.platforms[0].rules.at("hidden").saved, 1U);
  EXPECT_THAT(layers_of(*result.image), ElementsAre(ElementsAre("a 0 644 0 2")));
}

TEST_F(HostileSlim, Hostile059_ARootThatIsNoFolderIsRefused) {
  EXPECT_THAT(refusal(HostileTar().link("./", "etc")), HasSubstr("stands for the root"));
}

TEST_F(HostileSlim, Hostile060_FilesBehindLinksLandWhereTheseLead) {
  const auto lower =
      HostileTar().link("a", "/").link("up", "../../..").link("lib", "usr/lib").link("loop", "loop");
  EXPECT_THAT(slimmed_paths({something().text(), lower.text(),
                             HostileTar().file("a/x", "1").file("up/y", "1").file("lib/z", "1").text()}),
              ElementsAre("a", "lib", "loop", "up", "usr/lib/z", "x", "y"));
  EXPECT_THAT(failure([&] {
                slimmed({lower.text(), HostileTar().file("loop/x", "1").text()});
              }),
              HasSubstr("symbolic links without an end"));
}

TEST_F(HostileSlim, Hostile061_TargetsOfLinksStayByteForByte) {
  const auto result = slimmed({something().text(), HostileTar()
                                                       .link("one", "/proc/self/fd/1")
                                                       .link("two", "../../../../etc/../x//y/.")
                                                       .link("three", std::string("\xff\x01", 2))
                                                       .text()});
  EXPECT_THAT(
      layers_of(*result.image),
      ElementsAre(ElementsAre("one 2 644 0 0 -> /proc/self/fd/1", std::string("three 2 644 0 0 -> \xff\x01"),
                              "two 2 644 0 0 -> ../../../../etc/../x//y/.")));
}

TEST_F(HostileSlim, Hostile062_HardLinksToNothingAreRefused) {
  for (const auto* target : {"absent", "../etc/passwd", "folder", "self", "later"})
    EXPECT_THAT(refusal(HostileTar().link("folder/", "", '5').link("self", target, '1').file("later", "1")),
                HasSubstr("is a hard link to"))
        << target;
}

TEST_F(HostileSlim, Hostile063_HardLinks) {
  EXPECT_THAT(refusal(HostileTar().file("a", "1").add({"b", "data", '1', "a"})), HasSubstr("integrity"));
  const auto result =
      slimmed({something().text(), HostileTar().link("s", "nowhere").link("t", "s", '1').text()});
  EXPECT_THAT(layers_of(*result.image),
              ElementsAre(ElementsAre("s 2 644 0 0 -> nowhere", "t 2 644 0 0 -> nowhere")));
}

// The file goes where its first name was, whatever became of that.
TEST_F(HostileSlim, Hostile063_AHardLinkOutlivesItsFile) {
  const auto result =
      slimmed({HostileTar().file("a", "content").text(), HostileTar().link("b", "a", '1').text(),
               HostileTar().file(".wh.a", "").text()});
  EXPECT_THAT(layers_of(*result.image), ElementsAre(ElementsAre("b 0 644 0 7")));
  EXPECT_THAT(changes_of(result), ElementsAre("a: drop hidden"));
  EXPECT_EQ(result.platforms[0].rules.at("hidden").saved, 0U) << "its bytes are still there";
  everything_is_told(result);
}

TEST_F(HostileSlim, Hostile065_FilesAndFoldersInEachOthersPlace) {
  const auto result = slimmed({HostileTar().file("a/b/c", "1").file("d", "1").text(),
                               HostileTar().file("a", "2").file("d/x", "2").text()});
  EXPECT_THAT(layers_of(*result.image), ElementsAre(ElementsAre("a 0 644 0 1", "d/x 0 644 0 1")));
  EXPECT_THAT(changes_of(result), ElementsAre("a/b/c: drop hidden", "d: drop hidden"));
  // Within one layer, and by a link where only files below told of a folder.
  EXPECT_THAT(slimmed_paths(
                  {HostileTar().file("e/f", "1").file("e", "2").file("e/g", "3").text(), something().text()}),
              ElementsAre("e/g"));
  EXPECT_THAT(slimmed_paths({HostileTar().file("e/f/g", "1").text(), HostileTar().link("e", "x").text()}),
              ElementsAre("e"));
}

TEST_F(HostileSlim, Hostile066_WhiteoutsOfNothingThatHasANameAreRefused) {
  for (const auto* name : {".wh.", "a/.wh..", "a/.wh..."})
    EXPECT_THAT(refusal(HostileTar().file(name, "")), HasSubstr("hides nothing that could have a name"))
        << name;
}

TEST_F(HostileSlim, Hostile067_WhiteoutsActOnLowerLayersWhateverTheirPlace) {
  const auto lower = HostileTar().file("a/old", "1").file("b", "1").file("c/old", "1").text();
  for (const auto& upper :
       {HostileTar().file("a/.wh..wh..opq", "").file("a/new", "2"),
        HostileTar().file("a/new", "2").file("a/.wh..wh..opq", "").file("a/.wh..wh..opq", "")})
    EXPECT_THAT(slimmed_paths(
                    {lower, HostileTar(upper).file("b", "2").file(".wh.b", "").file(".wh.none", "").text()}),
                ElementsAre("a/new", "b", "c/old"));
}

TEST_F(HostileSlim, Hostile068_OtherReservedNamesAndOverlaysDevices) {
  const auto image = HostileTar().file(".wh..wh.plnk", "").add({"gone", {}, '3'}).file("a", "1").text();
  EXPECT_THAT(slimmed_paths({something().text(), image}), ElementsAre("a", "gone"));
}

TEST_F(HostileSlim, Hostile070_ATarThatEndsTooEarly) {
  auto cut = HostileTar().add({"a", "1", '0', {}, 5'000});
  EXPECT_THAT(failure([&] { slimmed({something().text(), cut.blocks()}); }), HasSubstr("integrity"));
  // No end of the archive, or half of one, is accepted.
  for (const std::size_t zeros : {0U, 512U})
    EXPECT_THAT(
        slimmed_paths({something().text(), HostileTar().file("a", "1").blocks() + std::string(zeros, '\0')}),
        ElementsAre("a"));
}

TEST_F(HostileSlim, Hostile071_WhatLiesBehindTheEndIsNoFile) {
  EXPECT_THAT(slimmed_paths({something().text(),
                             HostileTar().file("a", "1").text() + HostileTar().file("b", "1").text()}),
              ElementsAre("a"));
}

TEST_F(HostileSlim, Hostile083_AttributesThatDisagreeAreRefused) {
  const std::map<std::string, std::string, std::less<>> records = {
      {"LIBARCHIVE.xattr.user.x", "AQM"}, {"SCHILY.xattr.user.x", std::string("\1\2", 2)}};
  layers::TarHeader header;
  header.path = "a";
  header.records = &records;
  EXPECT_THAT(failure([&] {
                slimmed({something().text(), layers::tar_header(header)});
              }),
              HasSubstr("two values"));
  const std::map<std::string, std::string, std::less<>> many = [] {
    std::map<std::string, std::string, std::less<>> all;
    for (unsigned i = 0; i < 1'000; ++i)
      all.emplace(fmt::format("SCHILY.xattr.user.n{:04}", i),
                  std::string("\0\xff\n=", 4) + std::to_string(i));
    return all;
  }();
  header.records = &many;
  const auto result = slimmed({something().text(), layers::tar_header(header)});
  const auto layer = layers::parse_manifest(result.image->root(), "the manifest").layers.at(0);
  const auto tar = layers::decompress(result.image->open_blob(layer), "the layer");
  layers::TarReader reader(*tar, "the layer");
  const auto entry = reader.next();
  ASSERT_EQ(entry->xattrs.size(), 1'000U);
  EXPECT_EQ(entry->xattrs.at("user.n0999"), std::string("\0\xff\n=", 4) + "999");
}

TEST_F(HostileSlim, Hostile084_AnUnknownTypeIsNamed) {
  EXPECT_THAT(refusal(HostileTar().add({"a", {}, 'Z'})), HasSubstr("unsupported"));
}

TEST_F(HostileSlim, Hostile085_NamesAreBytes) {
  EXPECT_THAT(slimmed_paths({something().text(), HostileTar()
                                                     .file("caf\xe9", "1")
                                                     .file("e\xcc\x81", "1")
                                                     .file("\xc3\xa9", "1")
                                                     .file("A", "1")
                                                     .file("a", "1")
                                                     .text()}),
              ElementsAre("A", "a", "caf\xe9", "e\xcc\x81", "\xc3\xa9"));
}

TEST_F(HostileSlim, Hostile093_LayersOfManyMembers) {
  test::ImageMaker maker;
  maker.tars = {tar_of({{"a", std::string(300'000, 'x')}, {"tmp/x", "1"}})};
  for (const auto format : {layers::Compression::Format::gzip, layers::Compression::Format::zstd}) {
    maker.compression = {format, layers::Compression::Level::fast};
    auto image = maker.image();
    EXPECT_THAT(layers_of(*slimmed(image).image), ElementsAre(ElementsAre("a 0 644 0 300000")));
  }
}

TEST_F(HostileSlim, Hostile095_GarbageBehindALayerIsRefused) {
  test::ImageMaker maker;
  maker.tars = {tar_of({{"a", "1"}, {"tmp/x", "1"}})};
  auto image = maker.image();
  auto manifest = layers::parse_manifest(image.root(), "the manifest");
  auto& layer = manifest.layers.at(0);
  auto bytes = read_all(*image.open_blob(layer), 1U << 20U, "the layer");
  for (const auto& spoilt : {bytes + "garbage", bytes.substr(0, bytes.size() - 9)}) {
    layer = image.add_blob(std::string(layers::media_type::oci_layer_gzip), spoilt);
    const auto document = layers::write_manifest(manifest);
    image.add_document(document);
    image.set_root(document);
    EXPECT_THAT(failure([&] { slimmed(image); }), HasSubstr("integrity"));
  }
}

TEST_F(HostileSlim, Hostile117_CountsThatDisagreeAreRefused) {
  test::ImageMaker maker;
  maker.tars = {tar_of({{"a", "1"}}), tar_of({{"b", "1"}})};
  auto image = maker.image();
  const auto whole = layers::parse_manifest(image.root(), "the manifest");
  const auto config =
      parse_json(read_all(*image.open_blob(whole.config), 1U << 20U, "the config"), "the config");
  const auto refused = [&](const Json& other) {
    auto manifest = whole;
    const layers::Document document{std::string(layers::media_type::oci_config), canonical(other)};
    image.add_document(document);
    manifest.config = document.descriptor();
    const auto root = layers::write_manifest(manifest);
    image.add_document(root);
    image.set_root(root);
    return failure([&] { slimmed(image); });
  };
  auto fewer = config;
  fewer["rootfs"]["diff_ids"].erase(0);
  EXPECT_THAT(refused(fewer), HasSubstr("integrity"));
  auto other_type = config;
  other_type["rootfs"]["type"] = "tarball";
  EXPECT_THAT(refused(other_type), HasSubstr("integrity"));
  auto history = config;
  history["history"] = Json::array({{{"created_by", "x"}}});
  EXPECT_THAT(refused(history), HasSubstr("integrity"));
}

TEST_F(HostileSlim, Hostile124_WhatAConfigSaysBesidesStays) {
  test::ImageMaker maker;
  maker.tars = {tar_of({{"bin/run", "1"}, {"tmp/x", "1"}})};
  auto image = maker.image();
  auto manifest = layers::parse_manifest(image.root(), "the manifest");
  auto config =
      parse_json(read_all(*image.open_blob(manifest.config), 1U << 20U, "the config"), "the config");
  const Json odd = {{"Env", {"NOTHING", "=x", "A=b"}},
                    {"Entrypoint", "/bin/run --now"},
                    {"Healthcheck", {{"Test", {"CMD", "/bin/run"}}, {"Interval", 3}}},
                    {"OnBuild", {"RUN x"}},
                    {"Shell", {"/bin/sh", "-c"}},
                    {"Unheard", {{"of", nullptr}}}};
  for (const auto& execution : {odd, Json()}) {
    config.erase("config");
    if (!execution.is_null()) config["config"] = execution;
    const layers::Document document{std::string(layers::media_type::oci_config), canonical(config)};
    image.add_document(document);
    manifest.config = document.descriptor();
    const auto root = layers::write_manifest(manifest);
    image.add_document(root);
    image.set_root(root);
    const auto result = slimmed(image);
    ASSERT_TRUE(result.changed);
    EXPECT_EQ(config_of(*result.image).value("config", Json()), execution);
  }
}

}  // namespace
}  // namespace whittle::slimming
