#include "optimizer/record_difference.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace whittle::optimizer {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;

evidence::BuildRecord record() {
  evidence::BuildRecord record;
  record.builder_version = "0.1.0";
  record.image = "api";
  record.spec_file = "whittle.yaml";
  record.go_version = "1.26.8";
  record.compressors = {{"gzip", "libdeflate 1.14"}};
  record.values = {{"git.commit", "aaaa"}};
  record.sources.files = {{"main.go", Digest::of("main")}, {"table.go", Digest::of("table")}};
  return record;
}

TEST(RecordDifference, EqualRecordsHaveNone) {
  EXPECT_THAT(record_differences(record(), record()), IsEmpty());
}

TEST(RecordDifference, EachInputIsNamed) {
  auto now = record();
  now.go_version = "1.26.7";
  now.spec = Digest::of("another");
  now.sources.files.insert_or_assign("table.go", Digest::of("another"));
  now.sources.files.insert_or_assign("new.go", Digest::of("new"));
  now.sources.files.erase("main.go");
  now.values["git.commit"] = "bbbb";
  now.compressors["gzip"] = "libdeflate 1.20";
  now.builder_version = "0.2.0";
  EXPECT_THAT(
      record_differences(record(), now),
      ElementsAre("recorded as built with Go 1.26.8, rebuilt with Go 1.26.7",
                  "whittle.yaml was modified since", "table.go was modified since", "new.go was added since",
                  "main.go was taken away since", "${git.commit} was aaaa, and is bbbb now",
                  "gzip was compressed by libdeflate 1.14, and is by libdeflate 1.20 now",
                  "built by whittle 0.1.0, this is 0.2.0"));
}

TEST(RecordDifference, ABuildFlagIsNamedOnceForAllPlatforms) {
  auto then = record();
  for (const auto* architecture : {"amd64", "arm64"})
    then.platforms.push_back({layers::Platform{"linux", architecture, "", ""},
                              {{}, Digest::of("manifest"), 0},
                              {{"/bin/a: -tags", "x"}, {"/bin/a: GOOS", "linux"}, {"/bin/gone: GOOS", "x"}}});
  auto now = then;
  for (auto& platform : now.platforms)
    platform.settings = {
        {"/bin/a: -ldflags", "-X=main.v=2"}, {"/bin/a: GOOS", "linux"}, {"/bin/b: -tags", "y"}};
  EXPECT_THAT(record_differences(then, now),
              ElementsAre("/bin/a: -ldflags was not set, and is -X=main.v=2 now",
                          "/bin/a: -tags was x, and is not set now"));
}

TEST(RecordDifference, ASpecThatIsListedAmongTheSourcesIsNamedOnce) {
  auto then = record();
  then.sources.files.insert_or_assign("whittle.yaml", Digest::of("then"));
  auto now = then;
  now.spec = Digest::of("now");
  now.sources.files.insert_or_assign("whittle.yaml", Digest::of("now"));
  EXPECT_THAT(record_differences(then, now), ElementsAre("whittle.yaml was modified since"));
}

TEST(RecordDifference, ABaseThatIsAnotherIsNamed) {
  auto then = record();
  then.materials = {{"pkg:oci/base", "base image example.com/base:1", {{"sha256", "aa"}}}};
  auto now = record();
  now.materials = {{"pkg:oci/base", "base image example.com/base:1", {{"sha256", "bb"}}}};
  EXPECT_THAT(record_differences(then, now),
              ElementsAre("the base image example.com/base:1 was sha256:aa, and is sha256:bb now"));
}

TEST(RecordDifference, OfManyFilesTwentyAreNamed) {
  std::vector<std::string> files;
  for (int i = 0; i < 27; ++i) files.push_back(fmt::format("{:02}.go", i));
  EXPECT_THAT(modified_since(files), EndsWith("19.go and 7 more files were modified since"));
}

TEST(RecordDifference, NamesAreEscaped) {
  EXPECT_EQ(modified_since({"a\x1b[2Jb"}), "a\\x1b[2Jb was modified since");
}

}  // namespace
}  // namespace whittle::optimizer
