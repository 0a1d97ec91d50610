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
  for (const auto& [path, merged] : tree.entries())
    lines.push_back(fmt::format("{}{}{} {}", path, merged.entry.target.empty() ? "" : " -> ",
                                merged.entry.target, merged.layer));
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
  EXPECT_EQ(tree_.entries().at("etc/a").content, Digest::of(std::string_view("2")));
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
}

TEST_F(MergedTreeTest, Hostile086_NamesThatDifferInCaseOrCompositionAreKept) {
  apply(HostileTar().file("A", "1").file("a", "2").file("\xc3\xa9", "3").file("e\xcc\x81", "4"));
  EXPECT_THAT(listing(tree_), testing::ElementsAre("A 0", "a 0", "e\xcc\x81 0", "\xc3\xa9 0"));
  EXPECT_EQ(tree_.entries().at("A").content, Digest::of(std::string_view("1")));
  EXPECT_EQ(tree_.entries().at("a").content, Digest::of(std::string_view("2")));
  apply(HostileTar().file(".wh.a", "").file(".wh.e\xcc\x81", ""));
  EXPECT_THAT(listing(tree_), testing::ElementsAre("A 0", "\xc3\xa9 0"));
}

TEST_F(MergedTreeTest, FilesAndFoldersInEachOthersPlace) {  // hostile 65
  apply(HostileTar().link("a", "", '5').file("a/b/c", "1").file("d", "1").file("e", "1"));
  apply(HostileTar().file("a", "2").file("d/x", "2").file("e/y", "2").file("e", "2"));
  // The file comes last, and takes the folder that its children alone told of.
  EXPECT_THAT(listing(tree_), testing::ElementsAre("a 1", "d/x 1", "e 1"));
}

TEST_F(MergedTreeTest, OnePathTwice) {  // hostile 58 and 64
  apply(HostileTar().file("./a", "1").file("b", "1").file("/a", "2"));
  EXPECT_EQ(tree_.entries().at("a").content, Digest::of(std::string_view("2")));
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
  EXPECT_EQ(tree_.resolve("up/a/lib/../lib/z"), &tree_.entries().at("usr/lib/z"));
  EXPECT_EQ(tree_.resolve("loop"), nullptr);
  EXPECT_EQ(tree_.resolve("absent"), nullptr);
  expect_error(ErrorKind::integrity, "without an end", [&] { apply(HostileTar().file("loop/x", "1")); });
}

TEST_F(MergedTreeTest, AllNamesOfAFileHaveOneOrigin) {
  apply(HostileTar().file("a", "1").link("b", "a", '1'));
  apply(HostileTar().link("c", "b", '1').file("a", "2"));
  const auto origin = [&](const char* path) { return tree_.entries().at(path).origin; };
  EXPECT_EQ(origin("b"), (MergedEntry::Origin{0, 1}));
  EXPECT_EQ(origin("c"), origin("b"));
  EXPECT_EQ(origin("a"), (MergedEntry::Origin{1, 2}));
}

TEST_F(MergedTreeTest, HardLinks) {  // hostile 62 and 63
  apply(HostileTar().file("a", "1").link("s", "nowhere"));
  apply(HostileTar().link("b", "./a", '1').link("t", "s", '1').file("a", "2"));
  EXPECT_EQ(tree_.entries().at("b").content, Digest::of(std::string_view("1")));
  EXPECT_EQ(tree_.entries().at("b").entry.type, '1');
  EXPECT_EQ(tree_.entries().at("a").content, Digest::of(std::string_view("2")));
  EXPECT_EQ(tree_.entries().at("t").entry.type, '2');
  for (const auto* target : {"absent", "../a", "c", "/", "d"})
    expect_error(ErrorKind::integrity, "hard link to",
                 [&] { apply(HostileTar().link("d/", "", '5').link("c", target, '1').file("absent", "")); });
}

}  // namespace
}  // namespace whittle::layers
