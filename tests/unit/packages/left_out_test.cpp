#include "packages/left_out.hpp"

#include "tests/unit/packages/deb_helpers.hpp"

namespace whittle::packages {
namespace {

using test::DebMaker;
using test::listing;
using test::tree_of;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

DebMaker wordy() {
  DebMaker maker("tool");
  maker.folder("usr/share/doc").folder("usr/share/doc/tool").file("usr/share/doc/tool/copyright", "mine");
  maker.file("usr/share/doc/tool/README", "read").file("usr/share/man/man1/tool.1.gz", "page");
  maker.file("usr/share/locale/de/LC_MESSAGES/tool.mo", "Wort").file("usr/lib/locale/C.utf8/LC_CTYPE", "c");
  maker.file("usr/share/zoneinfo/Europe/Berlin", "zone")
      .file("usr/share/zoneinfo/right/Europe/Berlin", "zone+");
  return maker.file("usr/share/documents", "kept").file("usr/share/lintian/overrides/tool", "l");
}

TEST(LeftOut, CountedByRule) {
  const auto tree = tree_of({wordy()});
  std::vector<std::string> counts;
  for (const auto& one : tree.left_out)
    counts.push_back(fmt::format("{} {} {}", one.rule, one.files, one.bytes));
  EXPECT_THAT(counts,
              ElementsAre("documentation 1 4", "lintian 1 1", "locales 1 4", "manuals 1 4", "zones 1 5"));
  EXPECT_THAT(listing(tree.files),
              ElementsAre("755 usr/", "755 usr/lib/", "755 usr/lib/locale/", "755 usr/lib/locale/C.utf8/",
                          "644 usr/lib/locale/C.utf8/LC_CTYPE = c", "755 usr/share/", "755 usr/share/doc/",
                          "755 usr/share/doc/tool/", "644 usr/share/doc/tool/copyright = mine",
                          "644 usr/share/documents = kept", "755 usr/share/zoneinfo/",
                          "755 usr/share/zoneinfo/Europe/", "644 usr/share/zoneinfo/Europe/Berlin = zone"));
}

TEST(LeftOut, KeptWhenAskedFor) {
  const auto tree = tree_of({wordy()}, {{"documentation", "zones"}});
  EXPECT_THAT(listing(tree.files), Contains("644 usr/share/doc/tool/README = read"));
  EXPECT_THAT(listing(tree.files), Contains("644 usr/share/zoneinfo/right/Europe/Berlin = zone+"));
  EXPECT_EQ(tree.left_out.size(), 3U);
  EXPECT_EQ(test::failure([] { LeftOutRules({"locale"}); }),
            "spec: \"locale\" is nothing that is left out of packages\nhint: did you mean `locales`?");
}

// A package's copyright stays where it is, and so does what it is a link to.
TEST(LeftOut, CopyrightsBehindLinks) {
  DebMaker base("gcc-12-base");
  base.file("usr/share/doc/gcc-12-base/copyright", "gcc").file("usr/share/doc/gcc-12-base/LICENSE", "text");
  DebMaker library("libgcc-s1");
  library.link("usr/share/doc/libgcc-s1", "gcc-12-base");
  DebMaker other("other");
  other.link("usr/share/doc/other/copyright", "../gcc-12-base/LICENSE");
  const auto files = listing(tree_of({base, library, other}).files);
  EXPECT_THAT(files, Contains("777 usr/share/doc/libgcc-s1 -> gcc-12-base"));
  EXPECT_THAT(files, Contains("644 usr/share/doc/gcc-12-base/copyright = gcc"));
  EXPECT_THAT(files, Contains("644 usr/share/doc/gcc-12-base/LICENSE = text"));
}

TEST(LeftOut, EachRuleHasANameAndSaysWhat) {
  std::string last;
  for (const auto& rule : left_out_rules()) {
    EXPECT_LT(last, rule.name);
    EXPECT_FALSE(rule.what.empty());
    last = rule.name;
    for (const auto path : rule.paths)
      EXPECT_THAT(LeftOutRules({}).rule_for(path), testing::Ne(std::nullopt));
  }
}

}  // namespace
}  // namespace whittle::packages
