#include "toolchains/go_version.hpp"

#include "tests/unit/toolchains/helpers.hpp"

namespace whittle::toolchains {
namespace {

using test::failure;

GoVersion version(std::string_view text) {
  return GoVersion::parse(text).value();
}

TEST(GoVersion, AreOrderedAsGoOrdersThem) {
  const char* const sorted[] = {"1",       "1.2.2",   "1.18beta1", "1.18rc1", "1.18",     "1.18.1", "1.20rc1",
                                "1.20",    "1.20.14", "1.21",      "1.21rc2", "1.21rc10", "1.21.0", "1.21.1",
                                "1.21.10", "1.26rc1", "1.26.8",    "1.100.0", "2"};
  for (std::size_t i = 0; i + 1 < std::size(sorted); ++i)
    EXPECT_LT(version(sorted[i]), version(sorted[i + 1])) << sorted[i] << " and " << sorted[i + 1];
  EXPECT_EQ(version("1.20"), version("go1.20.0"));
  EXPECT_NE(version("1.21"), version("1.21.0"));
}

TEST(GoVersion, SayWhatTheyAre) {
  EXPECT_EQ(version("go1.26.8").text(), "1.26.8");
  EXPECT_EQ(version("1.26rc1").language(), "1.26");
  EXPECT_TRUE(version("1.21").is_language());
  EXPECT_FALSE(version("1.20").is_language());
  EXPECT_FALSE(version("1.21.0").is_language());
  EXPECT_TRUE(version("1.21rc1").is_prerelease());
  EXPECT_FALSE(version("1.21").is_prerelease());
  EXPECT_TRUE(version("2.0").is_at_least_1_21());
  EXPECT_FALSE(version("1.20.9").is_at_least_1_21());
}

TEST(GoVersion, AreReadStrictly) {
  for (const auto* text :
       {"",          "go",       "v1.21",    "1.",         "1.21.", "01.2",  "1.021",       "1.21.00",
        "1.21.1rc1", "1.21rc",   "1.21rc01", "1.21gamma1", "1.21 ", " 1.21", "1.21-custom", "1.1234567",
        "1.21.0.0",  "gogo1.21", "-1",       "1.x"})
    EXPECT_FALSE(GoVersion::parse(text)) << text;
}

TEST(GoLines, AreReadFromDirectivesAlone) {
  const auto lines = read_go_lines(
      "module example.com/go // go 1.1\n\nrequire (\n\tgo 1.2.3\n\ttoolchain go1.9\n)\r\ngo 1.24 // the "
      "minimum\n"
      "toolchain go1.26.8\n",
      "go.mod");
  EXPECT_EQ(lines.go.value().text(), "1.24");
  EXPECT_EQ(lines.toolchain.value().text(), "1.26.8");
  EXPECT_FALSE(read_go_lines("module m\n", "go.mod").go);
  EXPECT_FALSE(read_go_lines("go 1.24\ntoolchain default\n", "go.mod").toolchain);
}

TEST(GoLines, RefuseWhatGoWouldRefuse) {
  const auto refusal = [](std::string_view text) { return failure([&] { read_go_lines(text, "go.mod"); }); };
  EXPECT_EQ(refusal("module m\ngo x\n"), "source: go.mod:2: \"x\" is no version of Go");
  EXPECT_EQ(refusal("go 1.21\ngo 1.21\n"), "source: go.mod:2: the line is there twice");
  EXPECT_EQ(refusal("toolchain default\ntoolchain go1.21.0\n"), "source: go.mod:2: the line is there twice");
  EXPECT_EQ(refusal("go go1.21\n"), "source: go.mod:1: a `go` line has a version without `go` in front");
  EXPECT_EQ(refusal("toolchain 1.21.0\n"),
            "source: go.mod:1: a `toolchain` line has a version with `go` in front");
  EXPECT_EQ(refusal("go 1.21 1.22\n"), "source: go.mod:1: a `go` line has one version");
  EXPECT_THAT(refusal("toolchain go1.21.3-corp\n"),
              testing::StartsWith("unsupported: go.mod:1: the toolchain \"go1.21.3-corp\""));
}

}  // namespace
}  // namespace whittle::toolchains
