#include "layers/file_tree.hpp"

#include "tests/unit/layers/helpers.hpp"

namespace whittle::layers {
namespace {

using test::directory;
using test::expect_error;
using test::file;
using test::hardlink;
using test::symlink;

std::vector<std::string> paths(const FileTree& tree) {
  std::vector<std::string> result;
  for (const auto& item : tree.entries()) result.push_back(item.first);
  return result;
}

TEST(FileTree, ParentsAreAddedAndSorted) {
  FileTree tree;
  tree.add("usr/local/bin/api", file("x", 0755));
  tree.add("etc", directory(0700));
  tree.add("etc-x", symlink("../anything"));
  tree.add("usr/local", directory(0711));  // only implied so far
  EXPECT_THAT(paths(tree),
              testing::ElementsAre("etc", "etc-x", "usr", "usr/local", "usr/local/bin", "usr/local/bin/api"));
  EXPECT_EQ(tree.entries().find("usr/local")->second.mode, 0711U);
  EXPECT_EQ(tree.entries().find("usr")->second.mode, 0755U);
  EXPECT_EQ(tree.entries().find("etc-x")->second.mode, 0777U);
}

TEST(FileTree, Hostile14_PathsThatAreNone) {
  for (const std::string& path :
       {std::string(), std::string("/etc"), std::string("etc/"), std::string("a//b"), std::string("."),
        std::string("a/./b"), std::string("../x"), std::string("a/.."), std::string("a\0b", 3),
        std::string(256, 'a'), "a/" + std::string(256, 'a')}) {
    FileTree tree;
    expect_error(ErrorKind::spec, "cannot be a path in an image", [&] { tree.add(path, file("x")); });
    EXPECT_TRUE(tree.empty());
  }
  std::string deep = "a";
  while (deep.size() < 4095) deep += "/a";
  FileTree tree;
  tree.add(deep, file("x"));
  expect_error(ErrorKind::spec, "4096", [&] { tree.add(deep + "/a", file("x")); });
}

TEST(FileTree, Hostile15_TakenPaths) {
  FileTree tree;
  tree.add("a", file("x"));
  expect_error(ErrorKind::spec, "twice", [&] { tree.add("a", file("x")); });
  expect_error(ErrorKind::spec, "twice", [&] { tree.add("a", directory()); });
  expect_error(ErrorKind::spec, "\"b/a/x\" lies in \"b/a\", which is a symbolic link", [&] {
    tree.add("b/a", symlink("c"));
    tree.add("b/a/x", file("x"));
  });
  expect_error(ErrorKind::spec, "that other entries lie in", [&] { tree.add("b", file("x")); });
  tree.add("b", directory());
  expect_error(ErrorKind::spec, "twice", [&] { tree.add("b", directory()); });
  EXPECT_THAT(paths(tree), testing::ElementsAre("a", "b", "b/a"));
}

TEST(FileTree, Hostile16_WhiteoutNames) {
  FileTree tree;
  for (const auto* path : {".wh.x", "a/.wh.x", ".wh..wh..opq", ".wh.", "a/.wh.b/c"})
    expect_error(ErrorKind::spec, "reserved for whiteouts", [&] { tree.add(path, file("x")); });
  tree.add("a/x.wh.", file("x"));
}

TEST(FileTree, Hostile17_Modes) {
  FileTree tree;
  expect_error(ErrorKind::spec, "permission bits", [&] { tree.add("a", file("x", 010000)); });
  tree.add("a", file("x", 07777));
}

TEST(FileTree, Hostile62_HardLinkTargets) {
  FileTree tree;
  tree.add("b", hardlink("a"));  // its file may come later
  expect_error(ErrorKind::spec, "cannot be a path in an image", [&] { tree.add("c", hardlink("../a")); });
  expect_error(ErrorKind::spec, "cannot be a path in an image", [&] { tree.add("c", hardlink("/a")); });
  expect_error(ErrorKind::internal, "comes behind it", [&] { tree.add("c", hardlink("c")); });
  expect_error(ErrorKind::internal, "comes behind it", [&] { tree.add("c", hardlink("d")); });
  FileTree other;
  other.add("b", hardlink("aa"));
  EXPECT_NE(tree.digest(), other.digest());
  EXPECT_EQ(tree.entries().find("b")->second.link_target, "a");
}

TEST(FileTree, SymlinkTargets) {
  FileTree tree;
  for (const auto& target : {std::string(), std::string("a\0b", 3), std::string(4097, 'a')})
    expect_error(ErrorKind::spec, "no target", [&] { tree.add("l", symlink(target)); });
}

TEST(FileTree, KeepsTheDirectoriesOfLayersBelow) {
  FileTree below;
  FileEntry sticky = directory(01777);
  sticky.uid = 7;
  sticky.gid = 8;
  below.add("tmp", sticky);
  below.add("bin", symlink("usr/bin"));
  below.add("file", file("x"));
  FileTree tree;
  tree.add("tmp/x", file("x", 0600));
  tree.add("etc", directory(0700));
  tree.keep_directories(below.entries(), "the base");
  const auto& kept = tree.entries().find("tmp")->second;
  EXPECT_EQ(kept.mode, 01777U);
  EXPECT_EQ(kept.uid, 7U);
  EXPECT_EQ(kept.gid, 8U);
  EXPECT_EQ(tree.entries().find("tmp/x")->second.mode, 0600U);
  EXPECT_EQ(tree.entries().find("etc")->second.mode, 0700U);
  for (const auto& [path, part] :
       {std::pair("bin/x", "symbolic link to \"usr/bin\""), std::pair("file/x", "a file")}) {
    FileTree hiding;
    hiding.add(path, file("x"));
    expect_error(ErrorKind::spec, part, [&] { hiding.keep_directories(below.entries(), "the base"); });
  }
}

TEST(FileTree, DigestDependsOnWhatReachesTheLayer) {
  const auto digest_of = [](const std::string& path, FileEntry entry) {
    FileTree tree;
    tree.add(path, std::move(entry));
    return tree.digest();
  };
  FileEntry owned = file("x");
  owned.uid = 1;
  FileEntry grouped = file("x");
  grouped.gid = 1;
  std::set<Digest> digests = {digest_of("a", file("x")),    digest_of("b", file("x")),
                              digest_of("a", file("y")),    digest_of("a", file("x", 0600)),
                              digest_of("a", owned),        digest_of("a", grouped),
                              digest_of("a", symlink("x")), digest_of("a", symlink("y")),
                              digest_of("a", directory()),  FileTree().digest()};
  EXPECT_EQ(digests.size(), 10U);
  FileEntry odd = symlink("x");
  odd.mode = 0;
  odd.size = 7;
  EXPECT_EQ(digest_of("a", odd), digest_of("a", symlink("x")));
}

}  // namespace
}  // namespace whittle::layers
