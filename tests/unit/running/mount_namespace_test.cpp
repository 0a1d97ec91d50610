#include "running/mount_namespace.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <memory>

#include "common/error.hpp"
#include "tests/support/failure.hpp"

namespace whittle::running {
namespace {

namespace fs = std::filesystem;

class MountNamespaceTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root makes mount namespaces";
    try {
      mounts_ = std::make_unique<MountNamespace>();
    } catch (const Error& error) {
      GTEST_SKIP() << error.message();
    }
    fs::create_directory(folder_.path() / "root");
    std::ofstream(folder_.path() / "root/file") << "content";
  }
  TemporaryFolder folder_{testing::TempDir()};
  std::unique_ptr<MountNamespace> mounts_;
};

TEST_F(MountNamespaceTest, ShowsAFolderInsideAndNowhereElse) {
  const auto place = mounts_->show_openly(folder_.path() / "root", {folder_.path()});
  EXPECT_FALSE(fs::exists(place / "file"));
  bool inside = false;
  mounts_->run([&] { inside = fs::exists(place / "file"); });
  EXPECT_TRUE(inside);
  mounts_->unmount(place);
  mounts_->run([&] { inside = fs::exists(place / "file"); });
  EXPECT_FALSE(inside);
}

TEST_F(MountNamespaceTest, HidesNothingThatIsNeeded) {
  const auto first = mounts_->show_openly(folder_.path() / "root", {});
  EXPECT_NE(MountNamespace().show_openly(folder_.path() / "root", {first / "bin/runtime"}), first);
  EXPECT_THAT(test::failure([&] {
                mounts_->show_openly(folder_.path() / "root", {"/mnt/a", "/srv/b", "/media/c", "/opt/d"});
              }),
              testing::StartsWith("unsupported: none of /mnt"));
}

TEST_F(MountNamespaceTest, WhatIsThrownInsideComesOut) {
  EXPECT_EQ(test::failure([&] { mounts_->run([] { throw Error(ErrorKind::limit, "inside"); }); }),
            "limit: inside");
}

}  // namespace
}  // namespace whittle::running
