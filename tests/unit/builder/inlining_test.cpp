#include "builder/inlining.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "common/file.hpp"
#include "tests/unit/builder/spec_texts.hpp"

namespace whittle::builder {
namespace {

using test::expect_refused;
using test::image;
using test::image_of;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using Rule = Inlining::Rule;

// A module example.com/shop with a command in cmd/api.
class Module {
 public:
  Module() : folder_(std::filesystem::temp_directory_path()) {
    add("go.mod", "module example.com/shop\n\ngo 1.26\n");
  }
  void add(const std::string& path, const std::string& bytes) {
    make_directories((folder_.path() / path).parent_path());
    write_file(folder_.path() / path, bytes, AtomicFile::Durability::content);
  }
  GoMain main(const std::string& pattern) const {
    GoMain main;
    main.project = main.module = folder_.path();
    main.pattern = pattern;
    return main;
  }
  std::filesystem::path path() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

TEST(Inlining, OfAllIsNoFlagAndOfNoneASingleOne) {
  const Module module;
  EXPECT_THAT(inlining_flags({}, module.main("./cmd/api"), {}), IsEmpty());
  EXPECT_THAT(inlining_flags({.rule = Rule::none}, module.main("./cmd/api"), {}), ElementsAre("all=-l"));
}

TEST(Inlining, ByRuleStaysInTheStandardLibraryTheOwnModulesAndKnownOnes) {
  Module module;
  module.add("go.sum",
             "google.golang.org/protobuf v1.36.12 h1:AAAA=\ngithub.com/spf13/cobra v1.10.1 h1:AAAA=\n");
  auto main = module.main("./cmd/api");
  const auto flags = inlining_flags({.rule = Rule::hot}, main, {});
  EXPECT_EQ(flags.front(), "all=-l");  // go takes the last that fits
  EXPECT_THAT(flags, Contains("std="));
  EXPECT_THAT(flags, Contains("example.com/shop/...="));
  EXPECT_THAT(flags, Contains("google.golang.org/protobuf/...="));
  for (const auto* other : {"github.com/spf13/cobra/...=", "go.uber.org/...=", "example.com/tools/...="})
    EXPECT_THAT(flags, Not(Contains(other))) << "not hot, or not there";
  module.add("tools/go.mod", "module example.com/tools\n");
  module.add("go.work", "go 1.26\nuse (\n\t.\n\t./tools\n)\n");
  main.workspace = module.path() / "go.work";
  EXPECT_THAT(inlining_flags({.rule = Rule::hot}, main, {}), Contains("example.com/tools/...="));
}

TEST(Inlining, ByAProfileStaysInItsPackagesAndTheSmallOnesOfEveryProgram) {
  const Module module;
  const Inlining inlining{.rule = Rule::none, .profile = "cpu.pprof", .keep = {"example.com/fast/..."}};
  const auto flags = inlining_flags(inlining, module.main("./cmd/api"), {"encoding/json", "main"});
  EXPECT_EQ(flags.front(), "all=-l");
  for (const auto* kept :
       {"encoding/json=", "example.com/fast/...=", "example.com/shop/cmd/api=", "runtime/...="})
    EXPECT_THAT(flags, Contains(kept));
  for (const auto* other : {"main=", "std=", "example.com/shop/...="})
    EXPECT_THAT(flags, Not(Contains(other)));
}

TEST(Inlining, KnowsTheImportPathOfEachMain) {
  const Module module;
  const Inlining inlining{.rule = Rule::none, .profile = "cpu.pprof"};
  const auto has = [&](const std::string& pattern, const std::string& flag) {
    const auto flags = inlining_flags(inlining, module.main(pattern), {"main"});
    return std::find(flags.begin(), flags.end(), flag) != flags.end();
  };
  EXPECT_TRUE(has(".", "example.com/shop="));
  EXPECT_TRUE(has("./", "example.com/shop="));
  EXPECT_TRUE(has("./cmd/../cmd/api/", "example.com/shop/cmd/api="));
  EXPECT_TRUE(has("example.com/other/cmd/tool", "example.com/other/cmd/tool="));
}

// What a profile names goes to a command line.
TEST(Inlining, TakesNothingOfAProfileThatIsNoImportPath) {
  const Module module;
  const Inlining inlining{.rule = Rule::none, .profile = "cpu.pprof"};
  const auto none = inlining_flags(inlining, module.main("."), {});
  const std::set<std::string> hostile = {
      "-toolexec=/bin/sh", "a=-B", "a b", "", "../x", "/etc", "a\n", "\xff"};
  EXPECT_EQ(inlining_flags(inlining, module.main("."), hostile), none);
}

TEST(Inlining, IsWrittenAsAWordOrAMapping) {
  const auto of = [](const std::string& keys) { return image_of(image(keys)).binaries.at(0).inlining; };
  EXPECT_EQ(of("tags: [a]"), Inlining{});
  EXPECT_EQ(of("inlining: all").rule, Rule::all);
  EXPECT_EQ(of("inlining: hot").rule, Rule::hot);
  EXPECT_EQ(of("inlining: none").rule, Rule::none);
  EXPECT_EQ(of("inlining: {keep: [b/..., a]}"), (Inlining{Rule::hot, "", {"a", "b/..."}}));
  EXPECT_EQ(of("inlining: {profile: ./cpu.pprof}"), (Inlining{Rule::none, "cpu.pprof", {}}));
  EXPECT_EQ(of("inlining: {profile: cpu.pprof, rule: hot}"), (Inlining{Rule::hot, "cpu.pprof", {}}));
  EXPECT_EQ(image_of("version: 1\nimages:\n  a:\n    binaries: [{main: ., inlining: none}]\n")
                .binaries.at(0)
                .inlining.rule,
            Rule::none);
}

TEST(Inlining, ThatIsNotUnderstoodIsRefused) {
  expect_refused({
      {"inlining: off", "spec: w.yaml:5:15: `inlining`: \"off\" is none of `all`, `hot`, `none`"},
      {"inlining: {rule: all}", "spec: w.yaml:5:22: `rule`: with `all` there is nothing to choose"},
      {"inlining: {keep: [\"-B\"]}", "spec: w.yaml:5:23: `keep`: \"-B\" is no pattern of import paths"},
      {"inlining: {keep: [\"a=-B\"]}", "spec: w.yaml:5:23: `keep`: \"a=-B\" is no pattern of import paths"},
      {"inlining: {keep: [./internal/fast]}",
       "spec: w.yaml:5:23: `keep`: \"./internal/fast\" is no pattern of import paths"},
  });
}

}  // namespace
}  // namespace whittle::builder
