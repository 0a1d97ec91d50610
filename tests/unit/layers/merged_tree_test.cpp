#include "layers/merged_tree.hpp"

#include <fmt/format.h>

#include "tests/support/hostile_tar.hpp"
#include "tests/unit/layers/helpers.hpp"

namespace whittle::layers {
namespace {

using test::expect_error;
using test::HostileTar;

// "PATH[ -> TARGET][ (layer N)]" of every entry.
std::vector<std::string> listing(const MergedTree& tree) {
  std::vector<std::string> lines;
  for (const auto& entry : tree.entries())
    lines.push_back(fmt::format("{}{}{} {}", entry.path(), entry.target().empty() ? "" : " -> ",
                                entry.target(), entry.layer()));
  return lines;
}

class MergedTreeTest : public testing::Test {
 protected:
  void apply(const HostileTar& tar) {
    TextSource source(tar.text());
    TarReader reader(source, fmt::format("layer {}", layers_));
    tree_.apply(layers_++, reader, [](const TarEntry&, TarReader& content) -> std::optional<Digest> {
      std::string text(100, '\0');
      return Digest::of(text.substr(0, content.read(std::as_writable_bytes(std::span(text)))));
    });
  }
  // Of the file of that path.
  std::optional<Digest> content(std::string_view path) const {
    const auto* entry = tree_.entries().find(path);
    const auto* content = entry == nullptr ? nullptr : tree_.content(*entry);
    return content == nullptr ? std::nullopt : std::optional(*content);
  }
  MergedTree tree_;
  std::size_t layers_ = 0;
};

TEST_F(MergedTreeTest, LaterLayersHideEarlierOnes) {
  apply(HostileTar()
            .link("etc/", "", '5')
            .file("etc/a", "1")
            .file("etc/b", "1")
            .file("var/lib/c", "1")
            .file("d/e/f", "1"));
  apply(
      HostileTar().file("etc/a", "2").file("etc/.wh.b", "").file("d/.wh.e", "").file("var/.wh..wh..opq", ""));
  EXPECT_THAT(listing(tree_), testing::ElementsAre("etc 0", "etc/a 1"));
  EXPECT_EQ(content("etc/a"), Digest::of(std::string_view("2")));
  EXPECT_TRUE(tree_.warnings().empty());
}

TEST_F(MergedTreeTest, WhiteoutsActOnLayersBelowAlone) {  // hostile 67
  apply(HostileTar().file("a/old", "1").file("b", "1"));
  apply(HostileTar()
            .file("a/new", "2")
            .file("a/.wh..wh..opq", "")
            .file("a/.wh..wh..opq", "")
            .file("b", "2")
            .file(".wh.b", "")
            .file(".wh.nothing", "")
            .file("a/newer", "2"));
  EXPECT_THAT(listing(tree_), testing::ElementsAre("a/new 1", "a/newer 1", "b 1"));
}

TEST_F(MergedTreeTest, NamesThatHideNothing) {  // hostile 66 and 68
  for (const auto* name : {".wh.", ".wh..", ".wh...", "a/.wh..."})
    expect_error(ErrorKind::integrity, "hides nothing that could have a name",
                 [&] { apply(HostileTar().file(name, "")); });
  apply(HostileTar().file(".wh..wh.plnk", "").file("a", ""));
  EXPECT_THAT(tree_.warnings(), testing::ElementsAre(testing::HasSubstr("is ignored")));
  apply(HostileTar().add({"gone", {}, '3'}));
  EXPECT_THAT(tree_.warnings().back(), testing::HasSubstr("\"gone\" is the device 0:0"));
  EXPECT_TRUE(tree_.entries().contains("gone"));
}

TEST_F(MergedTreeTest, Hostile086_NamesThatDifferInCaseOrCompositionAreKept) {
  apply(HostileTar().file("A", "1").file("a", "2").file("\xc3\xa9", "3").file("e\xcc\x81", "4"));
  EXPECT_THAT(listing(tree_), testing::ElementsAre("A 0", "a 0", "e\xcc\x81 0", "\xc3\xa9 0"));
  EXPECT_EQ(content("A"), Digest::of(std::string_view("1")));
  EXPECT_EQ(content("a"), Digest::of(std::string_view("2")));
  apply(HostileTar().file(".wh.a", "").file(".wh.e\xcc\x81", ""));
  EXPECT_THAT(listing(tree_), testing::ElementsAre("A 0", "\xc3\xa9 0"));
}

TEST_F(MergedTreeTest, FilesAndFoldersInEachOthersPlace) {  // hostile 65
  apply(HostileTar().link("a", "", '5').file("a/b/c", "1").file("d", "1").file("e", "1"));
  apply(HostileTar().file("a", "2").file("d/x", "2").file("e/y", "2").file("e", "2"));
  // The file comes last, and takes the folder that its children alone told of.
  EXPECT_THAT(listing(tree_), testing::ElementsAre("a 1", "d/x 1", "e 1"));
}

// Whatever was below a folder goes with it, whether or not the folder has an entry of its own.
TEST_F(MergedTreeTest, AFolderThatChildrenAloneToldOfGoesWithThem) {
  for (const auto* before : {"a/b/c", "a/b/c/d/e", "a/b-/c"}) {
    tree_ = MergedTree();
    layers_ = 0;
    apply(HostileTar().file(before, "1").file("a-", "1").file("a0", "1"));
    apply(HostileTar().link("a", "elsewhere"));
    EXPECT_THAT(listing(tree_), testing::ElementsAre("a -> elsewhere 1", "a- 0", "a0 0")) << before;
  }
  tree_ = MergedTree();
  layers_ = 0;
  apply(HostileTar().file("a/b/c", "1").file("a/b/d/e", "1").file("a/b0", "1"));
  apply(HostileTar().file("a/.wh.b", ""));
  apply(HostileTar().file("a/b", "3"));
  EXPECT_THAT(listing(tree_), testing::ElementsAre("a/b 2", "a/b0 0"));
}

TEST_F(MergedTreeTest, AFolderInPlaceOfAFileOrALinkOnTheWay) {
  apply(HostileTar().link("usr/lib/", "", '5').link("lib", "usr/lib").file("lib/a", "1").file("x", "1"));
  apply(HostileTar().link("lib/", "", '5').file("lib/b", "2").link("x/", "", '5').file("x/y/z", "2"));
  EXPECT_THAT(listing(tree_),
              testing::ElementsAre("lib 1", "lib/b 1", "usr/lib 0", "usr/lib/a 0", "x 1", "x/y/z 1"));
}

// The way to the folder of the last entry is remembered: nothing on it may have changed.
TEST_F(MergedTreeTest, AFolderThatBecomesALinkBetweenTwoEntries) {
  apply(HostileTar()
            .file("one/a", "1")
            .file("two/a", "1")
            .file("one/b", "1")
            .link("one", "two")
            .file("one/c", "1")
            .file("one/d", "1"));
  EXPECT_THAT(listing(tree_), testing::ElementsAre("one -> two 0", "two/a 0", "two/c 0", "two/d 0"));
  apply(HostileTar().file("one/e", "1").file(".wh.one", "").file("one/f", "1").file("one/g", "1"));
  EXPECT_THAT(listing(tree_),
              testing::ElementsAre("one/f 1", "one/g 1", "two/a 0", "two/c 0", "two/d 0", "two/e 1"));
}

TEST_F(MergedTreeTest, WhatIsHiddenIsStillKnown) {
  apply(HostileTar().file("a", "1").file("b/c", "1").file("d", "1"));
  apply(HostileTar().file("a", "2").file(".wh.b", ""));
  std::vector<std::string> hidden;
  for (const auto& entry : tree_.all())
    if (entry.is_hidden())
      hidden.push_back(fmt::format("{} {}.{}", entry.path(), entry.layer(), entry.number()));
  EXPECT_THAT(hidden, testing::ElementsAre("a 0.1", "b/c 0.2"));
  EXPECT_EQ(tree_.all().size(), 4U);
}

TEST_F(MergedTreeTest, EveryFieldComesBack) {
  TarEntry entry;
  entry.path = entry.written = "a";
  entry.type = '3';
  entry.mode = 06711;
  entry.uid = 4'000'000'000;
  entry.gid = 7;
  entry.mtime = -5;
  entry.mtime_nanoseconds = 999'999'999;
  entry.owner = "who";
  entry.group = "whose";
  entry.device_major = 1;
  entry.device_minor = 2;
  entry.xattrs = {{"user.a", std::string("\0b", 2)}};
  entry.records = {{"X", "y"}};
  entry.number = 1;
  tree_.add(3, entry, {});
  const auto back = tree_.entries().find("a")->header();
  EXPECT_EQ(back.type, '3');
  EXPECT_EQ(back.mode, 06711U);
  EXPECT_EQ(back.uid, 4'000'000'000U);
  EXPECT_EQ(back.gid, 7U);
  EXPECT_EQ(back.mtime, -5);
  EXPECT_EQ(back.mtime_nanoseconds, 999'999'999U);
  EXPECT_EQ(back.owner + back.group, "whowhose");
  EXPECT_EQ(back.device_major, 1U);
  EXPECT_EQ(back.device_minor, 2U);
  EXPECT_EQ(back.xattrs, entry.xattrs);
  EXPECT_EQ(back.records, entry.records);
  EXPECT_EQ(tree_.entries().find("a")->layer(), 3U);
}

TEST_F(MergedTreeTest, EntriesOfAllLayersCountTogether) {  // hostile 87
  tree_ = MergedTree(3);
  apply(HostileTar().file("a", "1").file("b", "1"));
  apply(HostileTar().file(".wh.a", "").file("b", "2"));
  expect_error(ErrorKind::limit, "more than the limit of 3 entries",
               [&] { apply(HostileTar().file("c", "")); });
  tree_ = MergedTree(3);
  TarEntry entry;
  entry.path = entry.written = "a";
  entry.xattrs = {{"user.a", std::string(1'000, 'x')}};
  entry.number = 1;
  expect_error(ErrorKind::limit, "3 entries of 256 bytes", [&] { tree_.add(0, entry, {}); });
}

TEST_F(MergedTreeTest, OnePathTwice) {  // hostile 58 and 64
  apply(HostileTar().file("./a", "1").file("b", "1").file("/a", "2"));
  EXPECT_EQ(content("a"), Digest::of(std::string_view("2")));
  EXPECT_THAT(tree_.warnings(), testing::ElementsAre(testing::HasSubstr("as entries 1 and 3")));
}

TEST_F(MergedTreeTest, TheRootIsAFolder) {  // hostile 59
  apply(HostileTar().link("./", "", '5'));
  expect_error(ErrorKind::integrity, "stands for the root", [&] { apply(HostileTar().link("./", "etc")); });
}

TEST_F(MergedTreeTest, LinksAreFollowedInsideTheRoot) {  // hostile 60 and 61
  apply(HostileTar()
            .link("a", "/")
            .link("up", "../../..")
            .link("lib", "usr/lib")
            .link("usr/lib/", "", '5')
            .link("loop", "loop"));
  apply(HostileTar().file("a/x", "1").file("up/y", "1").file("lib/z", "1"));
  EXPECT_TRUE(tree_.entries().contains("x"));
  EXPECT_TRUE(tree_.entries().contains("y"));
  EXPECT_TRUE(tree_.entries().contains("usr/lib/z"));
  EXPECT_EQ(tree_.resolve("up/a/lib/../lib/z"), tree_.entries().find("usr/lib/z"));
  EXPECT_EQ(tree_.resolve("loop"), nullptr);
  EXPECT_EQ(tree_.resolve("absent"), nullptr);
  expect_error(ErrorKind::integrity, "without an end", [&] { apply(HostileTar().file("loop/x", "1")); });
}

TEST_F(MergedTreeTest, AllNamesOfAFileHaveOneOrigin) {
  apply(HostileTar().file("a", "1").link("b", "a", '1'));
  apply(HostileTar().link("c", "b", '1').file("a", "2"));
  const auto origin = [&](const char* path) { return tree_.entries().find(path)->origin(); };
  EXPECT_EQ(origin("b"), (MergedEntry::Origin{0, 1}));
  EXPECT_EQ(origin("c"), origin("b"));
  EXPECT_EQ(origin("a"), (MergedEntry::Origin{1, 2}));
}

TEST_F(MergedTreeTest, HardLinks) {  // hostile 62 and 63
  apply(HostileTar().file("a", "1").link("s", "nowhere"));
  apply(HostileTar().link("b", "./a", '1').link("t", "s", '1').file("a", "2"));
  EXPECT_EQ(content("b"), Digest::of(std::string_view("1")));
  EXPECT_EQ(tree_.entries().find("b")->type(), '1');
  EXPECT_EQ(content("a"), Digest::of(std::string_view("2")));
  EXPECT_EQ(tree_.entries().find("t")->type(), '2');
  for (const auto* target : {"absent", "../a", "c", "/", "d"})
    expect_error(ErrorKind::integrity, "hard link to",
                 [&] { apply(HostileTar().link("d/", "", '5').link("c", target, '1').file("absent", "")); });
}

}  // namespace
}  // namespace whittle::layers
