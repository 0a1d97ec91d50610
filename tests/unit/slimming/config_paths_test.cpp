#include "slimming/config_paths.hpp"

#include <gtest/gtest.h>

#include "layers/tar_reader.hpp"
#include "tests/support/hostile_tar.hpp"

namespace whittle::slimming {
namespace {

class ConfigPathsTest : public testing::Test {
 protected:
  ConfigPathsTest() {
    TextSource source(test::HostileTar()
                          .link("tmp/link", "../opt/app/start")
                          .file("opt/app/start", "1")
                          .file("tmp/app/run.sh", "1")
                          .file("usr/share/doc/site/index.html", "1")
                          .link("bin", "usr/bin")
                          .file("usr/bin/tool", "1")
                          .text());
    layers::TarReader reader(source, "the layer");
    tree_.apply(0, reader);
  }
  bool protects(std::string_view path) const { return ConfigPaths(config_, tree_).protects(path); }

  layers::MergedTree tree_;
  layers::ImageConfig config_;
};

TEST_F(ConfigPathsTest, LinksWithWhatTheyLeadTo) {
  config_.execution.entrypoint = {"/tmp/link"};
  EXPECT_TRUE(protects("tmp/link"));
  EXPECT_TRUE(protects("opt/app/start"));
  EXPECT_FALSE(protects("tmp/app/run.sh"));
}

TEST_F(ConfigPathsTest, WordsAreOfTheWorkingDirectory) {
  config_.execution.working_dir = "/tmp/app";
  config_.execution.cmd = {"sh", "-c", "exec ./run.sh;"};
  EXPECT_TRUE(protects("tmp/app/run.sh"));
}

TEST_F(ConfigPathsTest, PartsOfWords) {
  config_.execution.entrypoint = {"tool", "--root=/usr/share/doc/site", "-x"};
  EXPECT_TRUE(protects("usr/share/doc/site/index.html"));
}

TEST_F(ConfigPathsTest, ThroughLinksOfFolders) {
  config_.execution.entrypoint = {"/bin/tool"};
  EXPECT_TRUE(protects("usr/bin/tool"));
}

TEST_F(ConfigPathsTest, ABroadFolderProtectsNothing) {
  config_.execution.env = {"PREFIX=/usr", "TMPDIR=/tmp"};
  EXPECT_FALSE(protects("usr/share/doc/site/index.html"));
  EXPECT_FALSE(protects("tmp/app/run.sh"));
}

TEST_F(ConfigPathsTest, VolumesAreProtectedHoweverBroad) {
  config_.execution.volumes = {"/tmp"};
  EXPECT_TRUE(protects("tmp/app/run.sh"));
}

}  // namespace
}  // namespace whittle::slimming
