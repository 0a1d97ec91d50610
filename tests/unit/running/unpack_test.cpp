#include "running/unpack.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "common/file.hpp"
#include "layers/media_types.hpp"
#include "running/unpacked_folder.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/hostile_tar.hpp"
#include "tests/support/memory_image.hpp"

namespace whittle::running {
namespace {

namespace fs = std::filesystem;
using test::HostileTar;
using testing::ElementsAre;
using testing::HasSubstr;

class UnpackTest : public testing::Test {
 protected:
  void layer(const HostileTar& tar) {
    layers_.push_back(image_.add_blob(std::string(layers::media_type::oci_layer), tar.text()));
    config_.diff_ids.push_back(Digest::of(tar.text()));
  }
  UnpackedRoot unpack() {
    SilentReporter reporter;
    const layers::Manifest manifest{std::string(layers::media_type::oci_manifest),
                                    image_.add_blob("config", "{}"), layers_};
    return unpack_root(image_, manifest, config_, folder_.path(), reporter, {.ownership = {false}});
  }
  std::string text(const fs::path& path) {
    std::ifstream in(root() / path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const auto& one : fs::recursive_directory_iterator(root()))
      names.push_back(one.path().lexically_relative(root()).native());
    std::sort(names.begin(), names.end());
    return names;
  }
  fs::path root() const { return folder_.path() / "rootfs"; }

  test::MemoryImage image_;
  std::vector<layers::Descriptor> layers_;
  layers::ImageConfig config_{layers::Platform::parse("linux/amd64")};
  TemporaryFolder folder_{testing::TempDir()};
};

TEST_F(UnpackTest, LaysLayersOverOneAnother) {
  layer(HostileTar()
            .file("a/one", "1")
            .file("a/two", "2")
            .file("b/old", "x")
            .file("c", "file")
            .link("l", "../../etc"));
  layer(HostileTar()
            .file("a/.wh.one", "")
            .file("b/.wh..wh..opq", "")
            .file("b/new", "y")
            .file("c/in", "folder"));
  const auto root = unpack();
  EXPECT_THAT(names(), ElementsAre("a", "a/two", "b", "b/new", "c", "c/in", "l"));
  EXPECT_EQ(fs::read_symlink(this->root() / "l"), "../../etc");
  EXPECT_EQ(root.written.files, 3U);
  EXPECT_FALSE(fs::exists(folder_.path() / "staged"));
}

TEST_F(UnpackTest, HardLinksStayOneFileThoughTheirFirstNameGoes) {
  layer(HostileTar().file("a", "content").link("b", "a", '1').link("c", "a", '1'));
  layer(HostileTar().file(".wh.a", "").file("c", "own"));
  layer(HostileTar().link("d", "b", '1'));
  unpack();
  EXPECT_THAT(names(), ElementsAre("b", "c", "d"));
  EXPECT_TRUE(fs::equivalent(root() / "b", root() / "d"));
  EXPECT_EQ(text("b"), "content");
  EXPECT_EQ(text("c"), "own");
}

TEST_F(UnpackTest, Hostile060_NothingIsWrittenThroughLinks) {
  const auto outside = folder_.path() / "outside";
  fs::create_directory(outside);
  layer(HostileTar().link("abs", outside.native()).link("up", "..").link("deep/far", "../../../.."));
  layer(HostileTar().file("abs/planted", "1").file("up/planted", "2").file("deep/far/planted", "3"));
  unpack();
  EXPECT_TRUE(fs::is_empty(outside));
  EXPECT_FALSE(fs::exists(folder_.path() / "planted"));
  EXPECT_TRUE(fs::exists(root() / "planted"));  // the root's own `..` is the root
}

TEST_F(UnpackTest, Hostile057_NamesThatLeadUpwardsAreRefused) {
  layer(HostileTar().file("../planted", "1"));
  EXPECT_THAT(test::failure([&] { unpack(); }), HasSubstr("integrity"));
  EXPECT_FALSE(fs::exists(folder_.path() / "planted"));
}

TEST_F(UnpackTest, Hostile065_ALinkInPlaceOfAFolderTakesWhatWasInIt) {
  layer(HostileTar().file("a/b/c", "1").link("a/b", "/etc").file("d/e", "1").file("d", "file"));
  unpack();
  EXPECT_THAT(names(), ElementsAre("a", "a/b", "d"));
  EXPECT_TRUE(fs::is_symlink(root() / "a/b"));
}

TEST_F(UnpackTest, Hostile082_DevicesAreToldOfAndNotMade) {
  layer(HostileTar()
            .add({"dev/null", {}, '3'})
            .add({"dev/disk", {}, '4'})
            .add({"pipe", {}, '6'})
            .file("a", "1"));
  const auto root = unpack();
  EXPECT_EQ(root.written.not_created, 3U);
  EXPECT_THAT(root.written.examples,
              ElementsAre(HasSubstr("/dev/disk\" (block device"), HasSubstr("/dev/null\" (character device"),
                          HasSubstr("/pipe\" (FIFO)")));
  EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(UnpackTest, ModesAreThoseOfTheImageWhateverTheUmask) {
  HostileTar tar;
  tar.add({"bin/", {}, '5', {}, {}, 0555})
      .add({"bin/tool", "x", '0', {}, {}, 04755})
      .add({"secret", "x", '0', {}, {}, 0000});
  layer(tar);
  const auto before = ::umask(077);
  unpack();
  ::umask(before);
  struct stat status {};
  const auto mode = [&](const char* path) {
    EXPECT_EQ(::stat((root() / path).c_str(), &status), 0);
    return status.st_mode & 07777U;
  };
  EXPECT_EQ(mode("bin"), 0555U);
  EXPECT_EQ(mode("bin/tool"), 04755U);
  EXPECT_EQ(mode("secret"), 0U);
  EXPECT_EQ(mode(""), 0755U);
  EXPECT_EQ(status.st_mtime > 0, true);
  fs::permissions(root() / "bin", fs::perms::owner_all);
}

TEST_F(UnpackTest, ALayerThatIsNotTheConfigsIsRefused) {
  layer(HostileTar().file("a", "1"));
  config_.diff_ids.front() = Digest::of(std::string_view("other"));
  EXPECT_THAT(test::failure([&] { unpack(); }), HasSubstr("and the image's config says sha256:"));
  config_.diff_ids.clear();
  EXPECT_THAT(test::failure([&] { unpack(); }), HasSubstr("the config names 0 layers, and the manifest 1"));
}

TEST_F(UnpackTest, Hostile090_AccountFilesAreFoundThroughLinksAndBounded) {
  layer(HostileTar()
            .link("etc/passwd", "/data/../data/passwd")
            .file("data/passwd", "root:x:0:0")
            .file("etc/group", "g"));
  const auto root = unpack();
  EXPECT_EQ(root.passwd, "root:x:0:0");
  EXPECT_EQ(root.group, "g");
}

TEST_F(UnpackTest, Hostile090_AHugeOneIsRefused) {
  layer(HostileTar().file("etc/passwd", std::string((1U << 20U) + 1, 'x')));
  EXPECT_THAT(test::failure([&] { unpack(); }),
              HasSubstr("limit: /etc/passwd of the image has 1048577 bytes"));
}

TEST(UnpackedFolder, OnlyANewOrEmptyFolder) {
  const TemporaryFolder above(testing::TempDir());
  fs::create_directory(above.path() / "full");
  std::ofstream(above.path() / "full" / "x") << "x";
  std::ofstream(above.path() / "file") << "x";
  fs::create_directory_symlink(above.path() / "full", above.path() / "link");
  for (const auto* name : {"full", "file", "link"})
    EXPECT_THAT(test::failure([&] { UnpackedFolder(above.path() / name); }), HasSubstr("usage")) << name;
  EXPECT_THAT(test::failure([&] { UnpackedFolder(above.path() / "absent" / "x"); }), HasSubstr("not-found"));
}

TEST(UnpackedFolder, AppearsWholeOrNotAtAll) {
  const TemporaryFolder above(testing::TempDir());
  fs::create_directory(above.path() / "empty");
  {
    const UnpackedFolder abandoned(above.path() / "new");
    std::ofstream(abandoned.path() / "x") << "x";
  }
  EXPECT_FALSE(fs::exists(above.path() / "new"));
  for (const auto* name : {"new/", "empty"}) {
    UnpackedFolder folder(above.path() / name);
    fs::create_directory(folder.path() / "rootfs");
    std::ofstream(folder.path() / "rootfs" / "x") << "x";
    folder.commit("rootfs");
    EXPECT_TRUE(fs::exists(above.path() / name / "x"));
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(above.path()), {}), 2);
}

}  // namespace
}  // namespace whittle::running
