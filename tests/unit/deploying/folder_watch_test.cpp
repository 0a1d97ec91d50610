#include "deploying/folder_watch.hpp"

#include <gmock/gmock.h>

#include <thread>

namespace whittle::deploying {
namespace {

namespace fs = std::filesystem;

class FolderWatchTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const {
    write_file(folder_.path() / name, text, AtomicFile::Durability::content);
  }
  TemporaryFolder folder_{fs::temp_directory_path()};
  std::stop_source stop_;
};

TEST_F(FolderWatchTest, SeesChangesInFoldersThatAppearLater) {
  FolderWatch watch({}, stop_.get_token());
  watch.add_tree(folder_.path());
  fs::create_directory(folder_.path() / "new");
  EXPECT_TRUE(watch.wait());
  write("new/file", "1");
  EXPECT_TRUE(watch.wait());
}

TEST_F(FolderWatchTest, OfAFileSeesThatOneAloneAndEachReplacement) {
  write("watched", "1");
  FolderWatch watch({}, stop_.get_token());
  watch.add_file(folder_.path() / "watched");
  write("other", "1");
  EXPECT_FALSE(watch.take_changes());
  for (const auto* text : {"2", "3"}) {
    write("watched", text);
    EXPECT_TRUE(watch.take_changes());
  }
}

TEST_F(FolderWatchTest, LeavesOutWhatIsNobodysBusiness) {
  for (const auto* name : {"cache", ".git", "source"}) fs::create_directory(folder_.path() / name);
  FolderWatch watch({folder_.path() / "cache"}, stop_.get_token());
  watch.add_tree(folder_.path());
  write("cache/file", "1");
  write(".git/file", "1");
  EXPECT_FALSE(watch.take_changes());
  write("source/file", "1");
  EXPECT_TRUE(watch.take_changes());
}

TEST_F(FolderWatchTest, IsEndedFromAnotherThread) {
  FolderWatch watch({}, stop_.get_token());
  watch.add_tree(folder_.path());
  const std::jthread stopper([&] { stop_.request_stop(); });
  EXPECT_FALSE(watch.wait());
}

}  // namespace
}  // namespace whittle::deploying
