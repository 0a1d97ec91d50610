#include "toolchains/go_sources.hpp"

#include "tests/unit/toolchains/helpers.hpp"

namespace whittle::toolchains {
namespace {

// A go command that answers `answer` to whatever it is asked, and leaves what it was run with behind.
std::filesystem::path fake_go(const test::WorkPlace& place, const std::string& name,
                              const std::string& answer) {
  const auto path = place.write(
      name + "/go", "#!/bin/sh\nenv > " + (place / name).native() + "/seen\ncat <<'X'\n" + answer + "\nX\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

constexpr auto full_answer =
    R"({"GOPROXY": "https://go.test,direct", "GOSUMDB": "sum.test", "GOMODCACHE": "/go/mod", "GOROOT": "/go/root"})";

TEST(GoSources, ComeFromTheSpecThenTheEnvironmentThenGo) {
  test::WorkPlace place;
  fake_go(place, "one", full_answer);
  const Environment environment{{"PATH", (place / "one").native()},
                                {"GOSUMDB", "environment.test"},
                                {"HOME", "/home/u"},
                                {"GOFLAGS", "-x"},
                                {"GOTOOLCHAIN", "go1.99.0"},
                                {"GOPROXY", ""}};
  GoSources stated;
  stated.gosumdb = "";
  const auto sources = find_go_sources(stated, environment, {});
  EXPECT_EQ(sources.goproxy, "https://go.test,direct");
  EXPECT_EQ(sources.gosumdb, "environment.test");
  EXPECT_EQ(sources.module_cache, "/home/u/go/pkg/mod");
  EXPECT_EQ(sources.goroot, "/go/root");
  const auto seen = read_file(place / "one/seen", 10000);
  EXPECT_THAT(seen, testing::HasSubstr("GOTOOLCHAIN=local\n"));
  EXPECT_THAT(seen, testing::Not(testing::HasSubstr("GOFLAGS")));
  stated.goproxy = "https://spec.test";
  EXPECT_EQ(find_go_sources(stated, environment, {}).goproxy, "https://spec.test");
}

TEST(GoSources, NoGoIsRunWhenAllIsSaid) {
  test::WorkPlace place;
  fake_go(place, "one", full_answer);
  find_go_sources({"https://a.test", "sum.test+01234567+key", {}, {}},
                  {{"PATH", (place / "one").native()}, {"GOMODCACHE", "/m"}}, {});
  EXPECT_FALSE(std::filesystem::exists(place / "one/seen"));
}

TEST(GoSources, ABrokenGoCountsAsNone) {
  test::WorkPlace place;
  fake_go(place, "one", "not json");
  fake_go(place, "two", full_answer);
  const auto path =
      (place / "one").native() + ":" + (place / "none").native() + ":relative:" + (place / "two").native();
  EXPECT_EQ(find_go_sources({}, {{"PATH", path}}, {}).goproxy, "https://go.test,direct");
}

TEST(GoSources, AnOldGoSaysLess) {
  const auto sources =
      read_go_env(R"({"GOPROXY": "", "GOSUMDB": "off", "GOROOT": "relative", "GOMODCACHE": 3})");
  EXPECT_EQ(sources.gosumdb, "off");
  EXPECT_TRUE(sources.goroot.empty());
  EXPECT_TRUE(sources.module_cache.empty());
  EXPECT_THAT(test::failure([] { read_go_env("[]"); }), testing::StartsWith("toolchain: "));
}

}  // namespace
}  // namespace whittle::toolchains
