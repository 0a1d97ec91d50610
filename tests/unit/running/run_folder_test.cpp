#include "running/run_folder.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "common/file.hpp"

namespace whittle::running {
namespace {

namespace fs = std::filesystem;

class RunFolderTest : public testing::Test {
 protected:
  fs::path folder(const std::string& name) {
    const auto made = all_.path() / name;
    fs::create_directory(made);
    return made;
  }
  void remove() {
    SilentReporter reporter;
    remove_leftovers(all_.path(), reporter, {});
  }
  TemporaryFolder all_{fs::temp_directory_path()};
};

TEST_F(RunFolderTest, WhatAKilledRunLeftIsRemoved) {
  const auto left = folder(".tmp-left");
  write_file(left / "runtime", "/no/such/runc", AtomicFile::Durability::content);
  remove();
  EXPECT_FALSE(fs::exists(left));
}

TEST_F(RunFolderTest, WhatRunsStays) {
  const RunFolder running(all_.path(), "/no/such/runc");
  remove();
  EXPECT_TRUE(fs::exists(running.path() / "bundle"));
}

// Nobody's lock is on it yet, and its owner goes on.
TEST_F(RunFolderTest, WhatIsBeingMadeStaysForAMinute) {
  const auto young = folder(".tmp-young");
  remove();
  EXPECT_TRUE(fs::exists(young));
  fs::last_write_time(young, fs::file_time_type::clock::now() - std::chrono::minutes(2));
  remove();
  EXPECT_FALSE(fs::exists(young));
}

}  // namespace
}  // namespace whittle::running
