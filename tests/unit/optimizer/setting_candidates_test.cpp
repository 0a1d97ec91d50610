#include "optimizer/setting_candidates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace whittle::optimizer {
namespace {

using builder::ImageSpec;
using builder::Profile;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;

ImageSpec image(Profile profile = Profile::small) {
  ImageSpec image;
  image.name = "api";
  image.binaries = {{.main = "./a", .path = "/usr/bin/a", .profile = profile},
                    {.main = "./b", .path = "/usr/bin/b"}};
  return image;
}

std::vector<std::string> candidate_changes(const ImageSpec& image, bool applied_only = false) {
  std::vector<std::string> changes;
  for (const auto& candidate : setting_candidates(image))
    if (!applied_only || !candidate.advice.edits.empty()) changes.push_back(candidate.advice.change);
  return changes;
}

TEST(SettingCandidates, OnlyWhatTheImageDoesNotHave) {
  EXPECT_THAT(candidate_changes(image()),
              ElementsAre("lines: split", "inlining: hot", "inlining: none",
                          "compression: {format: gzip, level: smallest}", "compression: zstd",
                          "compression: {format: zstd, level: smallest}", "base: scratch"));
  auto least = image(Profile::smallest);
  for (auto& binary : least.binaries) binary.inlining.rule = builder::Inlining::Rule::none;
  least.binaries[1].profile = Profile::smallest;
  least.base = "scratch";
  least.compression = {layers::Compression::Format::zstd, layers::Compression::Level::smallest};
  EXPECT_THAT(candidate_changes(least), ElementsAre());
}

TEST(SettingCandidates, OnlyWhatNobodyCanTellIsWritten) {
  auto all = image(Profile::debug);
  all.base = "debug";
  EXPECT_THAT(candidate_changes(all, true),
              ElementsAre("profile: small", "compression: {format: gzip, level: smallest}"));
}

TEST(SettingCandidates, EachIsSeenByTheSpecThatIsBuilt) {
  for (auto start : {image(Profile::debug), image()}) {
    start.base = "base";
    for (const auto& candidate : setting_candidates(start)) {
      auto changed = start;
      candidate.apply(changed);
      EXPECT_THAT(candidate_changes(changed), Not(Contains(candidate.advice.change)));
    }
  }
}

TEST(SettingCandidates, ProfilesAreThoseOfTheBinaries) {
  const auto candidates = setting_candidates(image(Profile::debug));
  ASSERT_EQ(candidates.front().advice.edits.size(), 1U);
  EXPECT_EQ(candidates.front().advice.edits[0].binary, 0U);
}

TEST(SettingCandidates, PackagesKeepTheirBase) {
  auto with_packages = image();
  with_packages.base = "base";
  with_packages.packages.wishes.emplace_back();
  EXPECT_THAT(candidate_changes(with_packages), Not(Contains("base: static")));
}

}  // namespace
}  // namespace whittle::optimizer
