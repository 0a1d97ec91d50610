#include "common/contained_folder.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "tests/support/failure.hpp"

namespace whittle {
namespace {

namespace fs = std::filesystem;
using Links = ContainedFolder::Links;
using Method = ContainedFolder::Method;

// Both ways of asking the kernel have to give the same answers.
class ContainedFolderTest : public testing::TestWithParam<Method> {
 protected:
  ContainedFolderTest() {
    fs::create_directories(root() / "a/b");
    for (const auto* const name : {"file", "a/b/file", "../outside"})
      write_file((root() / name).lexically_normal(), name, AtomicFile::Durability::content);
    link("to-file", "a/b/file");
    link("to-a", "a");
    link("a/up", "../file");
    link("absolute", "/etc/passwd");
    link("leaves", "../outside");
    link("a/leaves", "../../outside");
    link("around", "../context/file");
    link("loop", "loop");
    link("dangling", "missing");
  }
  fs::path root() const { return folder_.path() / "context"; }
  void link(const char* name, const char* target) const { fs::create_symlink(target, root() / name); }
  // The errno, or 0.
  int open(std::string_view path, Links links, int flags = O_RDONLY) const {
    const auto opened = ContainedFolder(root(), GetParam()).open(path, flags, links);
    EXPECT_EQ(static_cast<bool>(opened.fd), opened.error_number == 0);
    return opened.error_number;
  }

 private:
  TemporaryFolder folder_{fs::temp_directory_path()};
};

TEST_P(ContainedFolderTest, OpensWhatIsInside) {
  for (const auto* const path : {"", ".", "a", "a/", "a/b/file", "./a//b/./file", "a/../file"}) {
    EXPECT_EQ(open(path, Links::inside), 0) << path;
    EXPECT_EQ(open(path, Links::refused), 0) << path;
  }
  EXPECT_EQ(open("missing", Links::inside), ENOENT);
  EXPECT_EQ(open("file/x", Links::inside), ENOTDIR);
  EXPECT_EQ(open("file/", Links::inside), ENOTDIR);
  EXPECT_EQ(open("file", Links::inside, O_RDONLY | O_DIRECTORY), ENOTDIR);
}

TEST_P(ContainedFolderTest, Hostile044_FollowsLinksOnlyInside) {
  for (const auto* const path : {"to-file", "to-a", "to-a/", "to-a/b/file", "a/up", "to-a/up"}) {
    EXPECT_EQ(open(path, Links::inside), 0) << path;
    EXPECT_EQ(open(path, Links::refused), ELOOP) << path;
  }
  for (const auto* const path : {"absolute", "leaves", "a/leaves", "around", "..", "../outside",
                                 "a/../../outside", "/etc/passwd", "/"})
    EXPECT_EQ(open(path, Links::inside), EXDEV) << path;
  EXPECT_EQ(open("loop", Links::inside), ELOOP);
  EXPECT_EQ(open("dangling", Links::inside), ENOENT);
}

TEST_P(ContainedFolderTest, OpensALinkItself) {
  for (const auto* const path : {"absolute", "leaves", "loop", "dangling", "to-a/leaves"})
    EXPECT_EQ(open(path, Links::inside, O_PATH | O_NOFOLLOW), 0) << path;
  EXPECT_EQ(open("to-file", Links::inside, O_RDONLY | O_NOFOLLOW), ELOOP);
}

TEST_P(ContainedFolderTest, AMissingFolderIsNotFound) {
  EXPECT_EQ(test::failure([&] { ContainedFolder("/no/such/folder", GetParam()); }),
            "not-found: opening the folder /no/such/folder: no such folder");
}

INSTANTIATE_TEST_SUITE_P(Methods, ContainedFolderTest, testing::Values(Method::best, Method::walk));

}  // namespace
}  // namespace whittle
