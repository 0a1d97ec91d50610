#include "optimizer/source_copy.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "common/file.hpp"

namespace whittle::optimizer {
namespace {

namespace fs = std::filesystem;

class SourceCopy : public testing::Test {
 protected:
  void SetUp() override {
    make_directories(from() / "sub");
    write_file(from() / "a.go", "a", AtomicFile::Durability::content, 0755);
    write_file(from() / "sub" / "b.go", "b", AtomicFile::Durability::content);
    fs::create_symlink("sub/b.go", from() / "link");
    make_directories(from() / ".git");
    write_file(from() / ".git" / "secret", "s", AtomicFile::Durability::content);
  }
  fs::path from() const { return folder_.path() / "from"; }
  fs::path to() const { return folder_.path() / "to"; }
  static time_t time_of(const fs::path& file) {
    struct stat status {};
    EXPECT_EQ(::lstat(file.c_str(), &status), 0);
    return status.st_mtime;
  }
  TemporaryFolder folder_{fs::temp_directory_path()};
};

TEST_F(SourceCopy, HasContentsModesLinksAndTimesButNoGitFolder) {
  EXPECT_EQ(copy_sources(from(), to(), {}, {}), to());
  EXPECT_EQ(read_file(to() / "sub" / "b.go", 10), "b");
  EXPECT_EQ(fs::read_symlink(to() / "link"), "sub/b.go");
  EXPECT_EQ(fs::status(to() / "a.go").permissions() & fs::perms::owner_exec, fs::perms::owner_exec);
  EXPECT_EQ(time_of(to() / "a.go"), time_of(from() / "a.go"));
  EXPECT_FALSE(fs::exists(to() / ".git" / "secret"));
}

TEST_F(SourceCopy, EveryTimeIsAnotherWhenAsked) {
  copy_sources(from(), to(), {.reverse_order = true, .other_times = true}, {});
  for (const auto* name : {"a.go", "sub", "sub/b.go", "link", ""})
    EXPECT_EQ(time_of(to() / name), 981173106) << name;
}

TEST_F(SourceCopy, OfAGitCheckoutIsAWorkTreeOfTheSameCommitAtTheSamePlace) {
  const std::string commit(40, 'a');
  write_file(from() / ".git" / "HEAD", commit + "\n", AtomicFile::Durability::content);
  EXPECT_EQ(copy_sources(from() / "sub", to(), {}, {}), to() / "sub");
  EXPECT_EQ(read_file(to() / ".git" / "HEAD", 100), commit + "\n");
  EXPECT_EQ(read_file(to() / ".git" / "commondir", 4096), (from() / ".git").native() + "\n");
}

}  // namespace
}  // namespace whittle::optimizer
