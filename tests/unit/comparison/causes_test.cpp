#include "comparison/causes.hpp"

#include "tests/unit/comparison/helpers.hpp"

namespace whittle::comparison {
namespace {

using testing::ElementsAre;

TEST(Causes, AnotherUmask) {
  Findings findings;
  findings.add({{"p", "layer 1", "etc"}, "mode", "0755", "0775"});
  findings.add({{"p", "layer 1", "etc/x"}, "mode", "0644", "0664"});
  EXPECT_THAT(
      test::texts_of(causes_of(findings)),
      ElementsAre("modes differ as by another umask (022, 002): 0755 instead of 0775 of etc and 1 other"));
  findings.add({{"p", "layer 1", "bin/x"}, "mode", "0644", "4755"});
  EXPECT_EQ(causes_of(findings).size(), 3U);
}

TEST(Causes, ManyTimeStampsAreOneCause) {
  Findings findings;
  for (int i = 0; i < 1500; ++i) findings.add({{"p", "layer 1", std::to_string(i)}, "mtime", "x", "y"});
  findings.add({{"p", "layer 1"}, "time-stamps", "1970-01-01T00:00:00Z", "2026-08-01T10:00:00Z"});
  EXPECT_THAT(test::texts_of(causes_of(findings)),
              ElementsAre("time stamps: every entry's mtime differs; A uses 1970-01-01T00:00:00Z, B uses "
                          "2026-08-01T10:00:00Z"));
}

TEST(Causes, APackageExplainsItsLayer) {
  Findings findings;
  findings.add({{"p", "layer 1", "usr/share/zoneinfo/CET"},
                "content",
                "10 bytes",
                "10 bytes",
                "the first difference is at byte 3"});
  findings.add({{"p", "layer 1", "var/lib/dpkg/status.d/tzdata"}, "content", "10 bytes", "10 bytes"});
  findings.add({{"p", "layer 1", "var/lib/dpkg/status.d/tzdata", "tzdata"}, "package", "2024a-0", "2024b-0"});
  const auto texts = test::texts_of(causes_of(findings));
  ASSERT_FALSE(texts.empty());
  EXPECT_EQ(texts[0], "package tzdata 2024a-0 instead of 2024b-0");
}

TEST(Causes, AnIndexOfEstargzDiffersByItselfOrFollowsFromTheFiles) {
  Findings findings;
  findings.add({{"p", "layer 1", "stargz.index.json"}, "content", "9 bytes", "9 bytes"});
  findings.add({{"p", "layer 1", "stargz.index.json", "/entries/0/offset"}, "json", "93", "96"});
  findings.add(
      {{"p", "layer 1", "containerd.io/snapshot/stargz/toc.digest"}, "annotation", "sha256:1", "sha256:2"});
  EXPECT_THAT(
      test::texts_of(causes_of(findings)),
      ElementsAre(
          "the eStargz index of layer 1 differs, and no file: /entries/0/offset is 93 instead of 96"));
  findings.add({{"p", "layer 1", "etc/x"}, "uid", "0", "5"});
  EXPECT_THAT(test::texts_of(causes_of(findings)), ElementsAre("the uid of etc/x is 0 instead of 5"));
}

TEST(Causes, OneImageIsEstargzAndTheOtherIsNot) {
  Findings findings;
  findings.add({{"p", ".no.prefetch.landmark"}, "entry", std::nullopt, "file"});
  findings.add({{"p", "stargz.index.json"}, "entry", std::nullopt, "file"});
  findings.add(
      {{"p", "layer 1", "containerd.io/snapshot/stargz/toc.digest"}, "annotation", std::nullopt, "sha256:2"});
  findings.add(
      {{"p", "layer 1", "io.containers.estargz.uncompressed-size"}, "annotation", std::nullopt, "1024"});
  EXPECT_THAT(
      test::texts_of(causes_of(findings)),
      ElementsAre("only B is made for lazy pulling (eStargz): it has an index, a landmark and annotations"));
}

TEST(Causes, OneImageIsChunkedAndTheOtherIsNot) {
  Findings findings;
  const std::string name = "io.github.containers.zstd-chunked.";
  findings.add({{"p", "layer 1", name + "manifest-checksum"}, "annotation", "sha256:2", std::nullopt});
  findings.add({{"p", "layer 1", name + "manifest-position"}, "annotation", "1:2:3:1", std::nullopt});
  findings.add({{"p", "layer 1", name + "tarsplit-position"}, "annotation", "4:5:6", std::nullopt});
  EXPECT_THAT(test::texts_of(causes_of(findings)),
              ElementsAre("only A is made for partial pulling (zstd:chunked): it has an index behind the "
                          "files, and annotations"));
}

TEST(Causes, LayersInAnotherOrder) {
  Findings findings;
  findings.add({{"p", "layer 1"}, "layer", "sha256:1", std::nullopt});
  findings.add({{"p", "layer 2"}, "layer", std::nullopt, "sha256:1"});
  findings.add({{"p", "etc"}, "moved", "layer 1", "layer 2"});
  EXPECT_THAT(test::texts_of(causes_of(findings)),
              ElementsAre("the layers are in another order: layer 1 of A is layer 2 of B"));
  findings.add({{"p", "layer 3"}, "layer", std::nullopt, "sha256:2"});
  findings.add({{"p", "bin"}, "moved", "layer 1", "layer 3"});
  EXPECT_EQ(causes_of(findings).size(), 3U);
}

TEST(Causes, XattrsAndHolesAreNamedOnce) {
  Findings findings;
  findings.add({{"p", "layer 1", "etc", "user.note"}, "xattr", "hi", "ho"});
  findings.add({{"p", "layer 1", "etc/x", "user.note"}, "xattr", "hi", "ho"});
  findings.add({{"p", "layer 1", "etc/x"}, "sparse", "no", "yes"});
  EXPECT_THAT(
      test::texts_of(causes_of(findings)),
      testing::UnorderedElementsAre("the xattr user.note of etc is hi instead of ho, and 1 other differs too",
                                    "files are stored without their holes (as sparse): no instead of yes"));
}

TEST(Causes, NothingUnknownIsLost) {
  Findings findings;
  findings.add({{"p"}, "some-new-aspect", "1", "2"});
  EXPECT_THAT(test::texts_of(causes_of(findings)), ElementsAre("some-new-aspect of p: 1 instead of 2"));
}

TEST(Causes, AreInertWhateverTheNames) {  // hostile 272
  Findings findings;
  findings.add({{"p", "layer 1", "etc/\x1b[2J\xe2\x80\xae"}, "content", "1 bytes", "2 bytes"});
  for (const auto& text : test::texts_of(causes_of(findings))) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos);
  }
}

}  // namespace
}  // namespace whittle::comparison
