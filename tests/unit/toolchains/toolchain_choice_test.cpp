#include "toolchains/toolchain_choice.hpp"

#include "tests/unit/toolchains/helpers.hpp"
#include "toolchains/toolchain_id.hpp"

namespace whittle::toolchains {
namespace {

using test::failure;
using testing::StartsWith;

std::vector<GoVersion> listed() {
  return versions_for(
      {"v0.0.1-go1.26.8.linux-amd64", "v0.0.1-go1.26.10.linux-amd64", "v0.0.1-go1.27rc1.linux-amd64",
       "v0.0.1-go1.25.0.linux-amd64", "v0.0.1-go1.25.3.linux-arm64", "v0.0.1-go1.20.1.linux-amd64",
       "v0.0.1-go1.26.8.linux-amd64", "v0.0.1", "v0.0.1-go1.99.0.darwin-amd64", "v0.0.1-gox.linux-amd64"},
      "linux", "amd64");
}

std::string chosen(const char* spec, const std::string& go_mod) {
  VersionWish wish;
  if (*spec != '\0') wish.spec = GoVersion::parse(spec);
  wish.lines = read_go_lines(go_mod, "go.mod");
  return choose_version(wish, listed).text();
}

TEST(ToolchainId, NamesAVersionOfTheModule) {
  const auto id = ToolchainId::parse("v0.0.1-go1.26.8.linux-amd64").value();
  EXPECT_EQ(id.module_version(), "v0.0.1-go1.26.8.linux-amd64");
  EXPECT_EQ(id.text(), "go1.26.8 (linux/amd64)");
  EXPECT_EQ(ToolchainId::parse("v0.0.1-go1.26rc1.linux-amd64")->version.text(), "1.26rc1");
  for (const auto* text :
       {"", "v0.0.1-go1.26.8", "v0.0.2-go1.26.8.linux-amd64", "v0.0.1-go1.26.8.linux",
        "v0.0.1-go1.26.8.Linux-amd64", "v0.0.1-go1.26.8.linux-../x", "v0.0.1-gogo1.26.8.linux-amd64"})
    EXPECT_FALSE(ToolchainId::parse(text)) << text;
}

TEST(ToolchainChoice, ListsOnePlatform) {
  std::string text;
  for (const auto& version : listed()) text += version.text() + ' ';
  EXPECT_EQ(text, "1.20.1 1.25.0 1.26.8 1.26.10 1.27rc1 ");
}

TEST(ToolchainChoice, FollowsTheSpecThenTheProject) {
  EXPECT_EQ(chosen("1.26.8", "go 1.24\ntoolchain go1.26.10\n"), "1.26.8");
  EXPECT_EQ(chosen("1.26", ""), "1.26.10");
  EXPECT_EQ(chosen("1.27rc1", ""), "1.27rc1");
  EXPECT_EQ(chosen("", "go 1.24\ntoolchain go1.25.0\n"), "1.25.0");
  EXPECT_EQ(chosen("", "go 1.26.9\ntoolchain go1.25.0\n"), "1.26.10");
  EXPECT_EQ(chosen("", "go 1.26\n"), "1.26.10");
  EXPECT_EQ(chosen("", "go 1.25.0\ntoolchain default\n"), "1.25.0");
  EXPECT_EQ(chosen("", "go 1.27\n"), "1.27rc1");
  EXPECT_EQ(chosen("", "go 1.20\n"), "1.26.10");
  EXPECT_EQ(chosen("", ""), "1.26.10");
}

TEST(ToolchainChoice, AsksForNoListWhenAVersionIsPinned) {
  VersionWish wish;
  wish.spec = GoVersion::parse("1.26.8");
  EXPECT_EQ(
      choose_version(wish, [&]() -> std::vector<GoVersion> { throw Error(ErrorKind::network, "asked"); })
          .text(),
      "1.26.8");
}

TEST(ToolchainChoice, Hostile30_AVersionBelowTheMinimum) {
  EXPECT_THAT(failure([] { chosen("1.25.0", "go 1.26.8\n"); }),
              StartsWith("toolchain: the spec pins Go 1.25.0, but go.mod asks for at least 1.26.8\nhint: "));
  EXPECT_THAT(failure([] { chosen("1.26rc1", "go 1.26.0\n"); }),
              StartsWith("toolchain: the spec pins Go 1.26rc1"));
  EXPECT_THAT(failure([] { chosen("", "go 1.26.11\n"); }),
              StartsWith("toolchain: go.mod asks for Go 1.26.11, and no such release"));
  EXPECT_THAT(failure([] { chosen("", "go 1.99\n"); }),
              StartsWith("toolchain: go.mod asks for Go 1.99, and no such release"));
  EXPECT_THAT(failure([] { choose_version({}, [] { return std::vector<GoVersion>(); }); }),
              StartsWith("toolchain: no release of Go"));
}

}  // namespace
}  // namespace whittle::toolchains
