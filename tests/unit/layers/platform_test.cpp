#include "layers/platform.hpp"

#include "tests/unit/layers/helpers.hpp"

namespace whittle::layers {
namespace {

using test::expect_error;

TEST(Platform, Hostile19_NormalForms) {
  const std::pair<const char*, const char*> cases[] = {
      {"linux/amd64", "linux/amd64"},       {"Linux/AMD64", "linux/amd64"},
      {"linux/x86_64", "linux/amd64"},      {"linux/aarch64", "linux/arm64"},
      {"linux/arm64/v8", "linux/arm64"},    {"linux/arm64/v9", "linux/arm64/v9"},
      {"linux/arm", "linux/arm/v7"},        {"linux/arm/7", "linux/arm/v7"},
      {"linux/arm/v6", "linux/arm/v6"},     {"linux/armhf", "linux/arm/v7"},
      {"linux/armel", "linux/arm/v6"},      {"linux/amd64/v1", "linux/amd64"},
      {"linux/amd64/v3", "linux/amd64/v3"}, {"linux/i686", "linux/386"},
      {"macos/arm64", "darwin/arm64"}};
  for (const auto& item : cases) EXPECT_EQ(Platform::parse(item.first).text(), item.second);
}

TEST(Platform, Hostile19_Refusals) {
  for (const auto* text :
       {"", "linux", "linux/", "/amd64", "linux//v8", "linux/arm/v7/x", "linux/am d64", "linux/é"})
    expect_error(ErrorKind::usage, "is not a platform", [&] { Platform::parse(text); });
  try {
    Platform::parse("beos/amd64");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    EXPECT_THAT(error.hints(), testing::ElementsAre(testing::HasSubstr("linux, windows")));
  }
  expect_error(ErrorKind::unsupported, "architecture", [] { Platform::parse("linux/vax"); });
}

TEST(Platform, Hostile272_TextMayBeShown) {
  EXPECT_EQ(Platform::normal("li\x1b[31mnux", "\u202e", "\x07").text(), R"(li\x1b[31mnux/\u202e/\x07)");
  EXPECT_EQ(Platform::normal("linux", "arm", "v7").text(), "linux/arm/v7");
}

TEST(Platform, Hostile122_MatchesAppliesDefaultsOnBothSides) {
  EXPECT_TRUE(Platform::normal("linux", "arm64", "v8").matches(Platform::parse("linux/arm64")));
  EXPECT_TRUE(Platform::normal("linux", "arm", "").matches(Platform::parse("linux/arm/v7")));
  EXPECT_TRUE(Platform::normal("windows", "amd64", "", "10.0.1").matches(Platform::parse("windows/amd64")));
  EXPECT_FALSE(Platform::normal("linux", "arm", "v6").matches(Platform::parse("linux/arm")));
  EXPECT_FALSE(Platform::normal("unknown", "unknown", "").matches(Platform::parse("linux/amd64")));
}

TEST(Platform, WhatIsBuiltForALowerLevelRunsOnAHigherOne) {
  const auto runs = [](const char* built, const char* machine) {
    return Platform::parse(built).runs_on(Platform::parse(machine));
  };
  EXPECT_TRUE(runs("linux/amd64", "linux/amd64/v3"));
  EXPECT_TRUE(runs("linux/amd64/v2", "linux/amd64/v3"));
  EXPECT_TRUE(runs("linux/arm/v6", "linux/arm/v7"));
  EXPECT_TRUE(runs("linux/arm64", "linux/arm64/v8.2"));
  EXPECT_TRUE(runs("linux/s390x", "linux/s390x"));
  EXPECT_FALSE(runs("linux/amd64/v3", "linux/amd64"));
  EXPECT_FALSE(runs("linux/arm64/v9", "linux/arm64/v8.2"));
  EXPECT_FALSE(runs("linux/arm/v7", "linux/arm64"));
  EXPECT_FALSE(runs("windows/amd64", "linux/amd64/v3"));
  EXPECT_FALSE(runs("linux/riscv64/rva23", "linux/riscv64"));
}

}  // namespace
}  // namespace whittle::layers
