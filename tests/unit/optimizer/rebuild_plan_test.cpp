// A provenance steers a rebuild no further than the user's own sources allow (hostile.md, 247).
#include "optimizer/rebuild_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "builder/lock.hpp"
#include "common/file.hpp"
#include "layers/media_types.hpp"
#include "tests/support/failure.hpp"

namespace whittle::optimizer {
namespace {

namespace fs = std::filesystem;
using test::failure;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class RebuildPlanning : public testing::Test {
 protected:
  void SetUp() override {
    write("whittle.yaml", "version: 1\nimages:\n  api:\n    main: ./cmd/api\n");
    write("go.mod", "module example.com/shop\n\ngo 1.26\n");
    write("cmd/api/main.go", "package main\n\nfunc main() {}\n");
    builder::Lock lock;
    lock.go = builder::LockedGo{"1.26.8", {{"linux/amd64", "h1:" + std::string(43, 'A') + "="}}};
    record.image = "api";
    record.spec_file = "whittle.yaml";
    record.lock = parse_json(builder::lock_text(lock), "lock");
    record.sources.files = {{"go.mod", Digest::of("x")},
                            {"cmd/api/main.go", Digest::of("package main\n\nfunc main() {}\n")}};
    record.root = root.descriptor();
    record.platforms = {{layers::Platform{"linux", "amd64", "", ""}, root.descriptor()}};
  }

  void write(const fs::path& name, const std::string& text) const {
    make_directories((sources() / name).parent_path());
    write_file(sources() / name, text, AtomicFile::Durability::content);
  }
  fs::path sources() const { return folder_.path() / "sources"; }
  RebuildPlan plan() const { return plan_rebuild(wish, {record, root, folder_.path(), {}, {}}); }
  std::string refusal() const {
    return failure([&] { plan(); });
  }

  TemporaryFolder folder_{fs::temp_directory_path()};
  layers::Document root{std::string(layers::media_type::oci_manifest), "{}"};
  evidence::BuildRecord record;
  RebuildWish wish{sources()};
};

TEST_F(RebuildPlanning, FindsTheSourcesFromAFolderInThem) {
  wish.source = sources() / "cmd";
  const auto plan = this->plan();
  EXPECT_EQ(plan.root, sources());
  EXPECT_EQ(plan.wanted, "api");
  EXPECT_EQ(plan.lock_file, "whittle.lock");
  EXPECT_THAT(plan.lock, HasSubstr("1.26.8"));
}

TEST_F(RebuildPlanning, NamesTheFilesThatDiffer) {
  EXPECT_THAT(changed_sources(record.sources, sources()), ElementsAre("go.mod"));
}

TEST_F(RebuildPlanning, Refuses247AnImageThatTheSpecDoesNotHave) {
  record.image = "web";
  EXPECT_THAT(refusal(),
              StartsWith("unverified: the provenance's image is \"web\", which whittle.yaml does not have"));
}

TEST_F(RebuildPlanning, Refuses247PathsOutOfTheSources) {
  for (const auto* path : {"../../etc/whittle.yaml", "/etc/whittle.yaml", "-f", "a/../../b"}) {
    record.spec_file = path;
    EXPECT_THAT(refusal(), HasSubstr("unverified: the provenance's spec is")) << path;
  }
  record.spec_file = "whittle.yaml";
  record.folder = "../x";
  EXPECT_THAT(refusal(), HasSubstr("unverified: the provenance's folder is"));
  record.folder = "";
  record.sources.files = {{"../../etc/passwd", Digest::of("x")}};
  EXPECT_THAT(failure([&] { changed_sources(record.sources, sources()); }),
              HasSubstr("unverified: the provenance's source file"));
}

TEST_F(RebuildPlanning, Refuses247AnotherSpecThanTheOneGiven) {
  wish.spec = sources() / "other.yaml";
  EXPECT_THAT(refusal(), HasSubstr("unverified: the provenance's spec is \"whittle.yaml\", and -f says"));
}

TEST_F(RebuildPlanning, Refuses247ArgumentsInPlaceOfAPackage) {
  record.main = "-toolexec=evil";
  EXPECT_THAT(refusal(), HasSubstr("unverified: the provenance's main is"));
}

TEST_F(RebuildPlanning, Refuses247OtherProfilesEpochsAndPlatforms) {
  record.profile = "evil";
  EXPECT_THAT(refusal(), HasSubstr("the provenance's profile"));
  record.profile = "";
  record.epoch = 253402300800;
  EXPECT_THAT(refusal(), HasSubstr("the provenance's epoch"));
  record.epoch = 0;
  record.platforms.front().platform.os = "plan9";
  EXPECT_THAT(refusal(), HasSubstr("the provenance's platform"));
}

TEST_F(RebuildPlanning, RefusesTheProvenanceOfAnotherImage) {
  record.root.digest = Digest::of("another");
  EXPECT_THAT(refusal(), HasSubstr("unverified: the provenance's subject is"));
}

TEST_F(RebuildPlanning, SourcesThatAreNotThereAreSaid246) {
  wish.source = folder_.path();
  EXPECT_THAT(refusal(), HasSubstr("not-found:"));
}

TEST_F(RebuildPlanning, ARevisionNeedsARepositoryAndARecordOfIt246) {
  wish.revision = true;
  EXPECT_THAT(refusal(), HasSubstr("is in no git checkout"));
}

}  // namespace
}  // namespace whittle::optimizer
