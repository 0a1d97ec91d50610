#include "optimizer/inspect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layers/compression.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/hostile_tar.hpp"
#include "tests/support/memory_image.hpp"

namespace whittle::optimizer {
namespace {

using test::failure;
using testing::HasSubstr;
namespace type = layers::media_type;

std::string gzipped(std::string_view text) {
  TextSink sink(1U << 20U, "the output");
  const auto compressor = layers::make_compressor({layers::Compression::Format::gzip}, 1, sink);
  compressor->write(as_bytes(text));
  compressor->finish();
  return sink.take();
}

// Images of one layer whose tar is `tar`.
class Inspect : public testing::Test {
 protected:
  layers::Document manifest_of(const layers::ImageConfig& config) {
    const auto document = layers::write_config(config);
    image.add_document(document);
    auto manifest = layers::write_manifest(
        {std::string(type::oci_manifest), document.descriptor(), {layer}, {{"key", "value"}}});
    image.add_document(manifest);
    return manifest;
  }
  layers::ImageConfig config_for(const char* platform) const {
    layers::ImageConfig config;
    config.platform = layers::Platform::parse(platform);
    config.diff_ids = {Digest::of(tar)};
    config.history = {{.created_by = "nothing", .empty_layer = true}, {.created_by = "a copy"}};
    return config;
  }
  Inspection inspected() { return inspect(image, {.jobs = 2}); }

  const std::string tar = std::string(10240, 'x');
  test::MemoryImage image;
  const layers::Descriptor layer = image.add_blob(std::string(type::oci_layer_gzip), gzipped(tar));
};

TEST_F(Inspect, AnImageWithItsCosts) {
  image.set_root(manifest_of(config_for("linux/amd64")));
  const auto inspection = inspected();
  ASSERT_EQ(inspection.platforms.size(), 1U);
  const auto& platform = inspection.platforms[0];
  EXPECT_EQ(platform.compressed_size, layer.size);
  EXPECT_EQ(platform.uncompressed_size, tar.size());
  ASSERT_EQ(platform.layers.size(), 1U);
  EXPECT_EQ(platform.layers[0].created_by, "a copy");
  EXPECT_EQ(platform.layers[0].uncompressed_size, tar.size());
}

TEST_F(Inspect, AnIndexWithPlatformsAndWhatIsNoImage) {
  layers::Index index{std::string(type::oci_index), {}};
  for (const auto* platform : {"linux/amd64", "linux/arm64"})
    index.manifests.push_back(manifest_of(config_for(platform)).descriptor());
  auto attestation = index.manifests[0];
  attestation.platform = layers::Platform::normal("unknown", "unknown", "");
  index.manifests.push_back(attestation);
  image.set_root(layers::write_index(index));
  const auto inspection = inspected();
  ASSERT_EQ(inspection.platforms.size(), 2U);
  EXPECT_EQ(inspection.platforms[1].config.platform.text(), "linux/arm64");
  EXPECT_EQ(inspection.others.size(), 1U);
}

TEST_F(Inspect, LayersOfABaseAreReadOnlyWhenTheyAreAskedFor) {
  const auto base = image.add_blob(std::string(type::oci_layer_gzip), gzipped(tar + "more"));
  auto config = config_for("linux/amd64");
  config.diff_ids = {Digest::of(tar + "more"), Digest::of(tar)};
  config.history = {{.created_by = "whittle build: static"}, {.created_by = "whittle build: binaries"}};
  const auto document = layers::write_config(config);
  image.add_document(document);
  const auto manifest =
      layers::write_manifest({std::string(type::oci_manifest), document.descriptor(), {base, layer}});
  image.add_document(manifest);
  image.set_root(manifest);
  const auto read = [&](InspectOptions::Layers layers) {
    const auto before = image.opened();
    const auto platform = inspect(image, {.layers = layers}).platforms.at(0);
    EXPECT_EQ(platform.layers.size(), 2U);
    EXPECT_EQ(platform.compressed_size, base.size + layer.size);
    EXPECT_EQ(image.opened() - before, platform.tree.size() + 1);  // and the config
    EXPECT_EQ(platform.waste.has_value(), layers == InspectOptions::Layers::all);
    return platform.tree;
  };
  EXPECT_EQ(read(InspectOptions::Layers::none).size(), 0U);
  const auto own = read(InspectOptions::Layers::own);
  ASSERT_EQ(own.size(), 1U);
  EXPECT_EQ(own[0].name, layer.digest.text());
  EXPECT_EQ(read(InspectOptions::Layers::all).size(), 2U);
}

TEST_F(Inspect, Hostile101_ALayerThatUnpacksToSomethingElse) {
  auto config = config_for("linux/amd64");
  config.diff_ids = {Digest::of("something else")};
  image.set_root(manifest_of(config));
  EXPECT_THAT(failure([&] { inspected(); }), HasSubstr("integrity: "));
  EXPECT_THAT(failure([&] { inspected(); }), HasSubstr(Digest::of(tar).text()));
}

TEST_F(Inspect, Hostile086_NamesThatDifferInCaseAloneAreToldOncePerLayer) {
  const auto twins =
      test::HostileTar().file("etc/A", "1").file("etc/a", "2").file("etc/B", "").file("etc/b", "").text();
  const auto other = image.add_blob(std::string(type::oci_layer_gzip), gzipped(twins));
  auto config = config_for("linux/amd64");
  config.diff_ids = {Digest::of(twins)};
  config.history.clear();
  const auto document = layers::write_config(config);
  image.add_document(document);
  const auto manifest =
      layers::write_manifest({std::string(type::oci_manifest), document.descriptor(), {other}});
  image.add_document(manifest);
  image.set_root(manifest);
  const auto inspection = inspected();
  EXPECT_THAT(
      inspection.warnings,
      testing::ElementsAre(testing::EndsWith(
          ", /etc/A and /etc/a differ only in case or in the form of an accent (1 more of this kind)")));
  EXPECT_EQ(inspection.platforms.at(0).tree.at(0).children.size(),
            5U);  // all four, and the end of the archive
}

TEST_F(Inspect, Hostile117_LayersAndDiffIdsThatDoNotGoTogether) {
  auto config = config_for("linux/amd64");
  config.diff_ids.push_back(Digest::of("one more"));
  config.history.clear();
  image.set_root(manifest_of(config));
  EXPECT_THAT(failure([&] { inspected(); }), HasSubstr("has 1 layers, its config 2 diffIDs"));
}

TEST_F(Inspect, Hostile272_AnArtifactWhoseTypeIsNoTextToShow) {
  const auto config = image.add_blob("text/\x1b[31m", "{}");
  const auto manifest = layers::write_manifest({std::string(type::oci_manifest), config, {layer}});
  image.add_document(manifest);
  image.set_root(manifest);
  EXPECT_THAT(failure([&] { inspected(); }), HasSubstr(R"(unsupported: )"));
  EXPECT_THAT(failure([&] { inspected(); }), HasSubstr(R"("text/\x1b[31m")"));
}

TEST_F(Inspect, JsonHasEveryPart) {
  image.set_root(manifest_of(config_for("linux/amd64")));
  const Json json = to_json(inspected(), "oci:odd\xff");
  EXPECT_EQ(json.at("place"), "oci:odd\\xff");
  EXPECT_EQ(json.at("root").at("digest"), image.root().digest.text());
  const auto& platform = json.at("platforms").at(0);
  EXPECT_EQ(platform.at("platform"), "linux/amd64");
  EXPECT_EQ(platform.at("annotations").at("key"), "value");
  EXPECT_EQ(platform.at("uncompressedSize"), tar.size());
  EXPECT_EQ(platform.at("layers").at(0).at("createdBy"), "a copy");
  EXPECT_EQ(platform.at("layers").at(0).at("diffID"), Digest::of(tar).text());
  EXPECT_EQ(platform.at("config").at("architecture"), "amd64");
}

}  // namespace
}  // namespace whittle::optimizer
