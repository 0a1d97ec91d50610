#include "vulnerabilities/version_order.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace whittle::vulnerabilities {
namespace {

// Each is before all that follow, and itself not.
void expect_ascending(VersionOrder order, const std::vector<std::string_view>& versions) {
  for (std::size_t i = 0; i < versions.size(); ++i)
    for (std::size_t j = 0; j < versions.size(); ++j)
      EXPECT_EQ(compare(order, versions[i], versions[j]), std::optional<std::weak_ordering>(i <=> j))
          << versions[i] << " and " << versions[j];
}

TEST(VersionOrder, OfSemanticVersioning) {
  expect_ascending(VersionOrder::semantic,
                   {"0.0.0-20210711020723-a769d52b0f97", "v0.0.0-20220314234659-1baeb1ce4c0b", "0.0.0",
                    "0.31.0", "1.0.0-0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta",
                    "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.2", "1.10.0",
                    "v2.0.0+incompatible", "99999999999999999999999.0.0"});
  EXPECT_EQ(compare(VersionOrder::semantic, "v1.2.3+dirty", "1.2.3"), std::weak_ordering::equivalent);
}

TEST(VersionOrder, WhatIsNoVersionIsNotCompared) {
  for (const auto* text : {"", "v", "1.2.3.4", "1.x", "(devel)", "1.2.3-", "1.2.3-a b", "latest"})
    EXPECT_EQ(compare(VersionOrder::semantic, text, "1.0.0"), std::nullopt) << text;
  EXPECT_EQ(compare(VersionOrder::alpine, "", "1.0"), std::nullopt);
  EXPECT_FALSE(is_version(VersionOrder::debian, ""));
}

TEST(VersionOrder, OfDpkg) {
  expect_ascending(VersionOrder::debian, {"1.0~rc1-1", "1.0-1", "1.0-1+deb12u1", "1.0-2", "1:0.5-1"});
}

TEST(VersionOrder, OfApk) {
  expect_ascending(VersionOrder::alpine, {"1.0_alpha", "1.0_alpha2", "1.0_beta", "1.0_pre1", "1.0_rc1", "1.0",
                                          "1.0-r1", "1.0-r10", "1.0_git20200101", "1.0_p1", "1.0a", "1.0b",
                                          "1.0.0", "1.05", "1.1.1w-r1", "1.2.5-r0", "1.10", "2"});
}

TEST(VersionOrder, WhatApkWouldNotTakeHasAPlaceAllTheSame) {
  expect_ascending(VersionOrder::alpine, {"1.0A-r0", "1.1A-r0", "2.0A"});
}

TEST(GoRelease, IsWrittenAsDatabasesDo) {
  EXPECT_EQ(semantic_version_of_go("go1.26.8"), "1.26.8");
  EXPECT_EQ(semantic_version_of_go("go1.20"), "1.20.0");
  EXPECT_EQ(semantic_version_of_go("go1.21rc2"), "1.21.0-rc.2");
  EXPECT_EQ(semantic_version_of_go("go1.18beta1"), "1.18.0-beta.1");
  EXPECT_EQ(semantic_version_of_go("go1.22.1 X:nocoverageredesign"), "1.22.1");
  EXPECT_EQ(semantic_version_of_go("go1.21.3-custom"), "1.21.3");
  EXPECT_EQ(semantic_version_of_go("go1.12.5b4"), "1.12.5");
  for (const auto* none : {"devel go1.27-abcdef Mon", "", "go", "gox", "1.2.3", "go1.2rc", "go1.2xyz3"})
    EXPECT_EQ(semantic_version_of_go(none), std::nullopt) << none;
}

}  // namespace
}  // namespace whittle::vulnerabilities
