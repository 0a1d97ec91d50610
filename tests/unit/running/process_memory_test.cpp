#include "running/process_memory.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "common/file.hpp"

namespace whittle::running {
namespace {

namespace fs = std::filesystem;

class ProcessMemoryTest : public testing::Test {
 protected:
  void write(const fs::path& file, const std::string& text) {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }
  TemporaryFolder folder_{testing::TempDir()};
  fs::path root_ = folder_.path();
};

TEST_F(ProcessMemoryTest, AddsUpWhatIsThere) {
  for (const auto* pid : {"5", "6"}) {
    write(fs::path(pid) / "status",
          "Name:\tx RssAnon: 9 kB\nRssAnon:\t   10 kB\nRssFile:\t    4 kB\nRssShmem:\t  1 kB\n");
    write(fs::path(pid) / "smaps_rollup", "Rss:  15 kB\nPss:       7 kB\nPss_Dirty: 1 kB\n");
  }
  const auto memory = memory_of({5, 6, 7}, true, root_);
  EXPECT_EQ(memory.anonymous, 20U << 10U);
  EXPECT_EQ(memory.rss(), 30U << 10U);
  EXPECT_EQ(memory.pss, 14U << 10U);
  EXPECT_EQ(memory_of({5}, false, root_).pss, 0U);
}

TEST_F(ProcessMemoryTest, ReadsFaultsBehindANameWithBrackets) {
  write("5/stat", "5 (a) (b c) S 1 5 5 0 -1 4194560 101 0 7 0 1 2 3\n");
  EXPECT_EQ(faults_of(5, root_).minor, 101U);
  EXPECT_EQ(faults_of(5, root_).major, 7U);
  EXPECT_EQ(faults_of(6, root_).minor, 0U);
}

TEST(ProcessMemory, ThisProcessHasSome) {
  const auto memory = memory_of({::getpid()}, true);
  EXPECT_GT(memory.rss(), 1U << 20U);
  EXPECT_GT(faults_of(::getpid()).minor, 0U);
  EXPECT_THAT(processes_beside(::getpid()), testing::Contains(::getpid()));
  EXPECT_EQ(name_of_process(::getpid()), "running_test");
}

}  // namespace
}  // namespace whittle::running
