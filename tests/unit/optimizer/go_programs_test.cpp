#include "optimizer/go_programs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/file.hpp"
#include "layers/config.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/hostile_tar.hpp"
#include "tests/support/memory_image.hpp"
#include "tests/support/small_program.hpp"

namespace whittle::optimizer {
namespace {

namespace fs = std::filesystem;
namespace type = layers::media_type;
using test::failure;
using test::HostileTar;
using test::SmallProgram;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class GoPrograms : public testing::Test {
 protected:
  layers::Document image(const char* platform, const std::vector<HostileTar>& tars) {
    layers::ImageConfig config;
    config.platform = layers::Platform::parse(platform);
    std::vector<layers::Descriptor> layers;
    for (const auto& tar : tars) {
      layers.push_back(image_.add_blob(std::string(type::oci_layer), tar.text()));
      config.diff_ids.push_back(layers.back().digest);
    }
    const auto described = image_.add_document(layers::write_config(config));
    const auto written = layers::write_manifest({std::string(type::oci_manifest), described, layers});
    image_.add_document(written);
    return written;
  }
  ProgramsOfImage read(const layers::Document& root, const std::optional<layers::Platform>& only = {}) {
    return read_programs(image_, root, only, folder_.path(), {}, {});
  }
  static std::vector<std::string> paths(const ProgramsOfImage& found) {
    std::vector<std::string> all;
    for (const auto& program : found.programs) all.push_back(program.path);
    return all;
  }

  test::MemoryImage image_;
  TemporaryFolder folder_{fs::temp_directory_path()};
  const std::string program_ = SmallProgram().bytes();
  const std::string other_ = SmallProgram{.version = "go1.25.1"}.bytes();
};

TEST_F(GoPrograms, AreThoseThatAreThereAtTheEnd) {
  const auto below = HostileTar().file("bin/a", program_).file("bin/gone", other_).file("bin/b", program_);
  const auto above = HostileTar().file("bin/.wh.gone", "").file("bin/b", other_).file("etc/x", "text");
  const auto root = image("linux/amd64", {below, above});
  const auto found = read(root);
  EXPECT_THAT(paths(found), ElementsAre("bin/a", "bin/b"));
  EXPECT_EQ(found.programs[0].info.go_version, "go1.26.8");
  EXPECT_EQ(found.programs[1].info.go_version, "go1.25.1");
  EXPECT_EQ(found.programs[0].layer, Digest::of(below.text()));
  EXPECT_EQ(found.programs[1].layer, Digest::of(above.text()));
  EXPECT_EQ(found.other_files, 1U);
}

TEST_F(GoPrograms, HaveTheirBytesAtHand) {
  const auto found = read(image("linux/amd64", {HostileTar().file("a", program_).link("b", "a", '1')}));
  ASSERT_THAT(paths(found), ElementsAre("a", "b"));
  for (const auto& program : found.programs) {
    EXPECT_EQ(program.digest, Digest::of(program_));
    EXPECT_EQ(read_file(program.file, 1U << 20U), program_);
  }
}

TEST_F(GoPrograms, LayersWithoutOneAreNamedOnce) {
  const auto plain = HostileTar().file("etc/x", "text");
  const auto found = read(image("linux/amd64", {plain, HostileTar().file("a", program_), plain}));
  EXPECT_THAT(found.other_layers, ElementsAre(Digest::of(plain.text())));
}

TEST_F(GoPrograms, OfThePlatformThatIsAskedFor) {
  layers::Index index{std::string(type::oci_index), {}};
  for (const auto* platform : {"linux/amd64", "linux/arm64"})
    index.manifests.push_back(image(platform, {HostileTar().file(platform + 6, program_)}).descriptor());
  const auto root = layers::write_index(index);
  EXPECT_THAT(paths(read(root)), ElementsAre("amd64", "arm64"));
  EXPECT_THAT(paths(read(root, layers::Platform::parse("linux/arm64"))), ElementsAre("arm64"));
  EXPECT_EQ(failure([&] { read(root, layers::Platform::parse("linux/riscv64")); }),
            "not-found: the image has nothing for linux/riscv64");
}

TEST_F(GoPrograms, ALoaderIsLookedForInTheImage) {
  SmallProgram dynamic;
  dynamic.segments.push_back({3, 4, 6000, 13});
  dynamic.patches[6000] = std::string("/lib64/ld.so\0", 13);
  const auto tar = HostileTar().file("a", dynamic.bytes());
  const auto lone = read(image("linux/amd64", {tar}));
  ASSERT_EQ(lone.programs.size(), 1U);
  EXPECT_EQ(lone.programs[0].loader, "/lib64/ld.so");
  EXPECT_FALSE(lone.programs[0].has_loader);
  const auto libraries = HostileTar().link("lib64", "usr/lib").file("usr/lib/ld.so", "x");
  EXPECT_TRUE(read(image("linux/amd64", {tar, libraries})).programs[0].has_loader);
}

TEST_F(GoPrograms, OneThatIsBrokenIsToldAndTheRestStands) {  // hostile 91
  const auto found =
      read(image("linux/amd64", {HostileTar().file("a", program_).file("b\x1b", program_.substr(0, 2000))}));
  EXPECT_THAT(paths(found), ElementsAre("a"));
  EXPECT_THAT(found.not_understood, ElementsAre(StartsWith("b\\x1b: ")));
}

TEST_F(GoPrograms, ABrokenLayerIsNoAnswer) {
  HostileTar cut;
  cut.add({"a", program_, '0', {}, program_.size() + 100'000});
  const auto root = image("linux/amd64", {cut});
  EXPECT_THAT(failure([&] { read(root); }), StartsWith("integrity: layer "));
}

TEST_F(GoPrograms, AnArtifactIsNoImage) {
  const auto config = image_.add_blob("application/vnd.example", "{}");
  const auto root = layers::write_manifest({std::string(type::oci_manifest), config, {}});
  EXPECT_THAT(failure([&] { read(root); }), HasSubstr("is no image: its config is of the type"));
}

}  // namespace
}  // namespace whittle::optimizer
