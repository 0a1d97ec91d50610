#include "slimming/slim.hpp"

#include "layers/layer_writer.hpp"
#include "layers/media_types.hpp"
#include "tests/support/chunked_walker.hpp"
#include "tests/support/estargz_walker.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/hostile_tar.hpp"
#include "tests/unit/layers/helpers.hpp"
#include "tests/unit/slimming/helpers.hpp"

namespace whittle::slimming {
namespace {

using test::tar_of;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

class Slim : public test::SlimTest {};

const std::string large(1000, 'x');

TEST_F(Slim, WhatLaterLayersHideGoes) {
  const auto result =
      slimmed({tar_of({{"a", "old"}, {"b", "gone"}, {"c", "stays"}}), tar_of({{"a", "new one"}, {".wh.b"}})});
  EXPECT_THAT(layers_of(*result.image), ElementsAre(ElementsAre("a 0 644 0 7", "c 0 644 0 5")));
  EXPECT_THAT(changes_of(result), ElementsAre("a: drop hidden", "b: drop hidden"));
  EXPECT_EQ(result.platforms[0].rules.at("hidden").saved, 7U);
}

TEST_F(Slim, EntriesOfAllLayersTogetherAreLimited) {
  const std::vector<std::string> tars = {tar_of({{"a", "1"}, {"b", "2"}}), tar_of({{"a", "3"}})};
  options_.limits.layer_entries = 3;
  EXPECT_TRUE(slimmed(tars).changed);
  options_.limits.layer_entries = 2;
  try {
    slimmed(tars);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::limit);
    EXPECT_THAT(error.hints(), testing::Contains(testing::HasSubstr("--limit layer-entries")));
  }
}

TEST_F(Slim, WhatIsSlimStaysAsItIs) {
  const auto once = slimmed({tar_of({{"a", "old"}}), tar_of({{"a", "new"}, {"tmp/x", "1"}})});
  ASSERT_TRUE(once.changed);
  const auto twice = slimmed(*once.image);
  EXPECT_FALSE(twice.changed);
  EXPECT_EQ(twice.image->root().digest, once.image->root().digest);
  const auto slim = slimmed({tar_of({{"a", "1"}}), tar_of({{"b", "2"}})});
  EXPECT_FALSE(slim.changed) << "layers in which nothing changes do not become one";
}

TEST_F(Slim, LayersBelowTheFirstChangeStayByteForByte) {
  const auto result = slimmed({tar_of({{"etc/", "", 0755, 0, 0, '5'}, {"etc/a", "1"}}), tar_of({{"b", "2"}}),
                               tar_of({{"etc/", "", 0700, 0, 0, '5'}, {"b", "3"}})});
  ASSERT_EQ(result.platforms[0].layers.size(), 2U);
  EXPECT_TRUE(result.platforms[0].layers[0].stays) << "a folder that is stated again is no change";
  EXPECT_THAT(layers_of(*result.image), ElementsAre(ElementsAre("etc 5 755 0 0", "etc/a 0 644 0 1"),
                                                    ElementsAre("b 0 644 0 1", "etc 5 700 0 0")));
}

TEST_F(Slim, AsManyLayersAsAreWantedStayLayers) {
  const std::vector<std::string> tars = {tar_of({{"a", "1"}}), tar_of({{"b", "2"}}), tar_of({{"a", "3"}}),
                                         tar_of({{"c", "4"}})};
  options_.keep_layers = {1};
  EXPECT_THAT(layers_of(*slimmed(tars).image),
              ElementsAre(ElementsAre("a 0 644 0 1", "b 0 644 0 1", "c 0 644 0 1")))
      << "nothing is left in the lowest, and no empty layer is written";
  options_.keep_layers = KeepLayers::all();
  EXPECT_THAT(
      layers_of(*slimmed(tars).image),
      ElementsAre(ElementsAre("b 0 644 0 1"), ElementsAre("a 0 644 0 1"), ElementsAre("c 0 644 0 1")));
}

TEST_F(Slim, DuplicatesBecomeHardLinks) {
  const auto result = slimmed({tar_of({{"opt/a", large},
                                       {"opt/b", large},
                                       {"opt/mode", large, 0755},
                                       {"opt/owner", large, 0644, 0, 7},
                                       {"opt/small", "x"},
                                       {"opt/small2", "x"},
                                       {"etc/a", large},
                                       {"etc/b", large},
                                       {"opt/x.py", large + "x", 0644, 1},
                                       {"opt/y.py", large + "x", 0644, 1}})});
  EXPECT_THAT(changes_of(result), ElementsAre("opt/b: link duplicates", "opt/y.py: link duplicates"));
  EXPECT_EQ(result.platforms[0].rules.at("duplicates").saved, 2001U);
}

TEST_F(Slim, SourcesOfPythonKeepTheirTimes) {
  EXPECT_FALSE(slimmed({tar_of({{"opt/x.py", large, 0644, 1}, {"opt/y.py", large, 0644, 2}})}).changed);
}

TEST_F(Slim, AHardLinkGoesWhereItsContentIs) {
  const auto link = [](std::string path, std::string target) {
    return test::TarFile{std::move(path), "", 0644, 0, 0, '1', std::move(target)};
  };
  const auto result =
      slimmed({tar_of({{"a", "content"}}), tar_of({link("b", "a")}), tar_of({{"a", "other"}})});
  EXPECT_THAT(layers_of(*result.image), ElementsAre(ElementsAre("a 0 644 0 5", "b 0 644 0 7")));
  EXPECT_THAT(changes_of(result), ElementsAre("a: drop hidden"));
  EXPECT_EQ(result.platforms[0].rules.at("hidden").saved, 0U) << "the content is there under another name";
  options_.keep_layers = KeepLayers::all();
  const auto kept = slimmed({tar_of({{"a", "content"}}), tar_of({{"c", "1"}, link("b", "a")})});
  EXPECT_THAT(layers_of(*kept.image),
              ElementsAre(ElementsAre("a 0 644 0 7", "b 1 644 0 0 -> a"), ElementsAre("c 0 644 0 1")));
}

TEST_F(Slim, RulesCanBeSwitchedOffAndPathsKept) {
  const std::vector<std::string> tars = {tar_of({{"usr/share/doc/p/copyright", "1"},
                                                 {"usr/share/doc/p/README", "2"},
                                                 {"usr/share/man/man1/p.1", "3"},
                                                 {"tmp/x", "4"}})};
  EXPECT_THAT(changes_of(slimmed(tars)),
              ElementsAre("tmp/x: drop temporary", "usr/share/doc/p/README: drop documentation",
                          "usr/share/man/man1/p.1: drop documentation"));
  options_.without = {"documentation"};
  options_.keep = {"/tmp"};
  EXPECT_FALSE(slimmed(tars).changed);
  options_.without = {"documentaton"};
  test::expect_error(ErrorKind::usage, "is no rule of slim", [&] { slimmed(tars); });
  options_.without = {};
  options_.keep = {"["};
  test::expect_error(ErrorKind::usage, "is no pattern", [&] { slimmed(tars); });
}

TEST_F(Slim, FoldersThatLoseAllTheyHadGo) {
  const auto folder = [](std::string path) { return test::TarFile{std::move(path), "", 0755, 0, 0, '5'}; };
  const auto result = slimmed({tar_of({folder("usr/share/doc/"),
                                       folder("usr/share/doc/p/"),
                                       folder("usr/share/doc/p/html/"),
                                       {"usr/share/doc/p/html/i", "1"},
                                       folder("usr/share/doc/q/"),
                                       folder("usr/share/man/man1/"),
                                       {"usr/share/man/man1/p.1", "1"}})});
  EXPECT_THAT(layers_of(*result.image),
              ElementsAre(ElementsAre("usr/share/doc 5 755 0 0", "usr/share/doc/q 5 755 0 0",
                                      "usr/share/man/man1 5 755 0 0")));
}

TEST_F(Slim, WhatTheConfigNamesStays) {
  layers::Execution run;
  run.entrypoint = {"/tmp/start", "--log=/var/log/app.log"};
  run.others = {{"Healthcheck", {{"Test", {"CMD-SHELL", "test -e /tmp/alive || exit 1"}}}}};
  run.volumes = {"/var/log/data"};
  EXPECT_FALSE(
      slimmed(
          {tar_of(
              {{"tmp/start", "1"}, {"var/log/app.log", "2"}, {"tmp/alive", "3"}, {"var/log/data/x", "4"}})},
          run)
          .changed);
}

TEST_F(Slim, ConfigAndAnnotationsStay) {
  test::ImageMaker maker;
  maker.tars = {tar_of({{"a", "1"}}), tar_of({{"a", "2"}})};
  maker.execution.others = {{"Healthcheck", {{"Test", {"NONE"}}}},
                            {"OnBuild", {"RUN x"}},
                            {"Unknown", {{"a", nullptr}}},
                            {"Shell", {"/bin/x"}}};
  maker.annotations = {{"org.opencontainers.image.base.name", "debian:12"}};
  auto image = maker.image();
  const auto result = slimmed(image);
  EXPECT_EQ(config_of(*result.image)["config"], config_of(image)["config"]);
  const auto manifest = layers::parse_manifest(result.image->root(), "the manifest");
  EXPECT_EQ(manifest.annotations.at("org.opencontainers.image.base.name"), "debian:12");
  EXPECT_EQ(manifest.annotations.at("dev.whittle.slim.from"), image.root().digest.text());
}

TEST_F(Slim, Hostile081_ModesOwnersAndAttributesStay) {
  const std::map<std::string, std::string, std::less<>> capability = {
      {"SCHILY.xattr.security.capability", std::string("\1\0\0\2 =\n", 7)}};
  layers::TarHeader header;
  header.path = "ping";
  header.mode = 04755;
  header.uid = 5;
  header.mtime = -3;
  header.mtime_nanoseconds = 250'000'000;
  header.records = &capability;
  layers::TarHeader device;
  device.path = "null";
  device.type = '3';
  device.device_major = 1;
  device.device_minor = 3;
  const auto result =
      slimmed({tar_of({{"old", "1"}}),
               layers::tar_header(header) + layers::tar_header(device) + tar_of({{".wh.old"}})});
  const auto layer = layers::parse_manifest(result.image->root(), "the manifest").layers.at(0);
  const auto tar = layers::decompress(result.image->open_blob(layer), "the layer");
  layers::TarReader reader(*tar, "the layer");
  const auto null = reader.next();
  EXPECT_EQ(null->type, '3');
  EXPECT_EQ(null->device_minor, 3U);
  const auto ping = reader.next();
  EXPECT_EQ(ping->mode, 04755U);
  EXPECT_EQ(ping->uid, 5U);
  EXPECT_EQ(ping->mtime, -3);
  EXPECT_EQ(ping->mtime_nanoseconds, 250'000'000U);
  EXPECT_EQ(ping->xattrs.at("security.capability"), capability.begin()->second);
}

TEST_F(Slim, Hostile088_EmptyLayersAreNotWritten) {
  const auto nothing = std::string(layers::tar_end());
  const auto result = slimmed({tar_of({{"a", "1"}}), nothing});
  EXPECT_THAT(layers_of(*result.image), ElementsAre(ElementsAre("a 0 644 0 1")));
  EXPECT_THAT(layers_of(*slimmed({tar_of({{".wh.x"}})}).image), IsEmpty());
}

TEST_F(Slim, Hostile101_ATarThatIsNotWhatTheConfigSaysIsRefused) {
  test::ImageMaker maker;
  maker.tars = {tar_of({{"a", "1"}})};
  auto image = maker.image();
  auto config = config_of(image);
  config["rootfs"]["diff_ids"] = {Digest::of(std::string_view("other")).text()};
  auto manifest = layers::parse_manifest(image.root(), "the manifest");
  manifest.config = image.add_blob(manifest.config.media_type, canonical(config));
  image.set_root(layers::write_manifest(manifest));
  test::expect_error(ErrorKind::integrity, "its config states", [&] { slimmed(image); });
}

TEST_F(Slim, Hostile113_LayersThatLieElsewhereAreNamed) {
  test::ImageMaker maker;
  maker.tars = {tar_of({{"a", "1"}})};
  auto image = maker.image();
  auto manifest = layers::parse_manifest(image.root(), "the manifest");
  manifest.layers[0].urls = {"https://example.com/layer"};
  manifest.layers[0].media_type = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
  image.set_root(layers::write_manifest(manifest));
  test::expect_error(ErrorKind::unsupported, "lies where its URLs say", [&] { slimmed(image); });
}

TEST_F(Slim, HistoryTellsOfLayers) {
  test::ImageMaker maker;
  maker.tars = {tar_of({{"a", "1"}}), tar_of({{"b", "1"}}), tar_of({{"b", "2"}})};
  auto image = maker.image();
  auto config = config_of(image);
  config["history"] = {{{"created_by", "one"}, {"x", 1}},
                       {{"created_by", "env"}, {"empty_layer", true}},
                       {{"created_by", "two"}, {"created", "2020-01-01T00:00:00Z"}},
                       {{"created_by", "three"}, {"created", "2021-01-01T00:00:00Z"}}};
  auto manifest = layers::parse_manifest(image.root(), "the manifest");
  manifest.config = image.add_blob(manifest.config.media_type, canonical(config));
  image.set_root(layers::write_manifest(manifest));
  const auto history = config_of(*slimmed(image).image)["history"];
  ASSERT_EQ(history.size(), 5U);
  EXPECT_EQ(history[0], config["history"][0]);
  EXPECT_EQ(history[2]["empty_layer"], true);
  EXPECT_EQ(history[4], Json({{"created_by", "whittle slim"},
                              {"comment", "made of layers 2 to 3"},
                              {"created", "2021-01-01T00:00:00Z"}}));
}

TEST_F(Slim, AnIndexKeepsItsChildrenButWhatAttestsToOldBytes) {
  test::ImageMaker maker;
  maker.tars = {tar_of({{"tmp/x", "1"}, {"a", "1"}})};
  auto image = maker.image();
  const auto changed = image.root();
  maker.tars = {tar_of({{"a", "2"}})};
  auto other = maker.image();
  const auto slim = other.root();
  for (const auto& one :
       {layers::parse_manifest(slim, "it").config, layers::parse_manifest(slim, "it").layers[0]})
    image.add_blob(one.media_type, read_all(*other.open_blob(one), 1U << 20U, "it"));
  image.add_document(slim);
  const layers::Document attestation(std::string(layers::media_type::oci_manifest), R"({"schemaVersion":2})");
  const auto attests = [&](const Digest& subject) {
    auto child = attestation.descriptor();
    child.platform = layers::Platform{"unknown", "unknown", "", ""};
    child.annotations = {{"vnd.docker.reference.digest", subject.text()}};
    return child;
  };
  layers::Index index{
      std::string(layers::media_type::oci_index),
      {changed.descriptor(), slim.descriptor(), attests(changed.digest), attests(slim.digest)}};
  image.set_root(layers::write_index(index));
  const auto result = slimmed(image);
  EXPECT_EQ(result.left_out.size(), 1U);
  const auto children = layers::parse_index(result.image->root(), "the index").manifests;
  ASSERT_EQ(children.size(), 3U);
  EXPECT_NE(children[0].digest, changed.digest);
  EXPECT_EQ(children[1].digest, slim.digest);
  EXPECT_EQ(children[2].annotations.at("vnd.docker.reference.digest"), slim.digest.text());
}

TEST_F(Slim, NumberOfThreadsChangesNoByte) {
  std::string noise;
  for (unsigned i = 0; i < 300'000; ++i) noise += std::to_string(i * 2654435761U);
  const std::vector<std::string> tars = {tar_of({{"a", noise}, {"tmp/x", "1"}})};
  options_.jobs = 1;
  const auto one = slimmed(tars).image->root().digest;
  options_.jobs = 4;
  EXPECT_EQ(slimmed(tars).image->root().digest, one);
}

TEST_F(Slim, AFormatThatIsAskedForIsGiven) {
  options_.format = layers::Compression::Format::zstd;
  const auto once = slimmed({tar_of({{"a", "1"}})});
  EXPECT_EQ(layers::parse_manifest(once.image->root(), "it").layers[0].media_type,
            layers::media_type::oci_layer_zstd);
  EXPECT_FALSE(slimmed(*once.image).changed);
  options_.format = {};
  EXPECT_FALSE(slimmed(*once.image).changed) << "zstd stays zstd";
}

// One of everything that a layer of others may hold, and a file of several chunks.
std::string every_kind() {
  static const std::map<std::string, std::string, std::less<>> attribute = {
      {"SCHILY.xattr.user.note", std::string("\0\xff=\n", 4)}};
  std::string chunks;
  for (unsigned i = 0; chunks.size() < 9'000'000; ++i) chunks += std::to_string(i * 2654435761U);
  layers::TarHeader noted;
  noted.path = "etc/noted";
  noted.records = &attribute;
  noted.mtime = 1'600'000'000;
  noted.mtime_nanoseconds = 120'000'000;
  layers::TarHeader device;
  device.path = "dev/null";
  device.type = '3';
  device.device_major = 1;
  device.device_minor = 3;
  layers::TarHeader pipe;
  pipe.path = "run/pipe";
  pipe.type = '6';
  return layers::tar_header(noted) + layers::tar_header(device) + layers::tar_header(pipe) +
         tar_of({{"./", "", 0755, 0, 0, '5'},
                 {"!first", "sorts before the landmark"},
                 {"empty", ""},
                 {"etc/", "", 0700, 1'500'000'000, 0, '5'},
                 {"large", chunks, 0755, -7},
                 {"later", "1"},
                 {"link", "", 0777, 0, 0, '2', "large"},
                 {"name", "", 0755, 0, 0, '1', "large"},
                 {"tmp/x", "1"}});
}

TEST_F(Slim, LayersWhoseFilesCanBeReadOneByOne) {
  using Format = layers::Compression::Format;
  std::vector<std::vector<std::string>> contents;
  for (const auto format : {Format::gzip, Format::zstd}) {
    options_.format = format;
    options_.by_file = true;
    options_.level = layers::Compression::Level::fast;
    const auto once = slimmed({every_kind(), tar_of({{"later", "2"}})});
    const auto layers = layers::parse_manifest(once.image->root(), "it").layers;
    ASSERT_EQ(layers.size(), 1U);
    EXPECT_TRUE(layers::has_file_index(layers[0]));
    const auto bytes = read_all(*once.image->open_blob(layers[0]), 1U << 26U, "the layer");
    const OpenSource open = [&bytes] { return std::make_unique<TextSource>(bytes); };
    if (format == Format::gzip)
      EXPECT_THAT(test::estargz_violations(open), IsEmpty());
    else
      EXPECT_THAT(test::chunked_violations(open, layers[0].annotations), IsEmpty());
    contents.push_back(layers_of(*once.image).at(0));
    EXPECT_FALSE(slimmed(*once.image).changed) << "what has the form stays";
    options_.by_file = false;
    const auto plain = slimmed({every_kind(), tar_of({{"later", "2"}})});
    options_.by_file = true;
    EXPECT_TRUE(slimmed(*plain.image).changed) << "the same format without an index is another form";
  }
  std::erase_if(contents[0], [](const std::string& line) {
    return line.starts_with(".no.prefetch.landmark ") || line.starts_with("stargz.index.json ");
  });
  EXPECT_EQ(contents[0], contents[1]);
}

TEST_F(Slim, WhatAnIndexOfFilesCannotHoldIsRefused) {
  options_.format = layers::Compression::Format::gzip;
  options_.by_file = true;
  for (const auto& tar : {tar_of({{"caf\xe9", "1"}}), tar_of({{"a", "1", 0644, 300'000'000'000}})})
    EXPECT_THAT(test::failure([&] { slimmed({tar}); }), testing::HasSubstr("unsupported: "));
  options_.keep = {"/stargz.index.json"};
  EXPECT_THAT(test::failure([&] {
                slimmed({tar_of({{"stargz.index.json", "{}"}, {"tmp/x", "1"}})});
              }),
              testing::HasSubstr("a name that eStargz has for itself"));
}

}  // namespace
}  // namespace whittle::slimming
