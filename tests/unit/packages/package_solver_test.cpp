#include "packages/package_solver.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/support/failure.hpp"

namespace whittle::packages {
namespace {

using test::failure;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A line each: "NAME VERSION ARCHITECTURE; Field: value; …".
std::shared_ptr<const PackageIndex> index(const std::vector<std::string>& lines) {
  std::string text;
  for (auto line : lines) {
    std::string fields;
    if (const auto semicolon = line.find("; "); semicolon != std::string::npos) {
      fields = line.substr(semicolon + 2) + "\n";
      line.resize(semicolon);
      for (auto at = fields.find("; "); at != std::string::npos; at = fields.find("; "))
        fields.replace(at, 2, "\n");
    }
    const auto first = line.find(' ');
    const auto second = line.find(' ', first + 1);
    text += fmt::format(
        "Package: {}\nVersion: {}\nArchitecture: {}\nFilename: pool/{}\nSize: 1\nSHA256: {:a>64}\n{}\n",
        line.substr(0, first), line.substr(first + 1, second - first - 1),
        second == std::string::npos ? "all" : line.substr(second + 1), line.substr(0, first), "", fields);
  }
  return std::make_shared<const PackageIndex>(text, "index");
}

PackagePool pool(const std::vector<std::string>& lines) {
  return {{{index(lines), 0}}, "amd64"};
}

std::vector<std::string> names(const std::vector<ChosenPackage>& chosen) {
  std::vector<std::string> all;
  for (const auto& one : chosen) all.push_back(one.package.name + " " + one.package.version);
  return all;
}

SolveRequest request(const std::vector<std::string>& wishes, bool dependencies = true) {
  SolveRequest result{{}, dependencies, {}};
  for (const auto& wish : wishes) result.wishes.push_back(PackageWish::parse(wish));
  return result;
}

std::vector<std::string> solved(const std::vector<std::string>& lines,
                                const std::vector<std::string>& wishes) {
  return names(solve(pool(lines), request(wishes)));
}

TEST(PackageSolver, FollowsDependsAndPreDependsAlone) {
  EXPECT_THAT(solved({"a 1; Depends: b (>= 1), c; Pre-Depends: d", "b 1", "c 1", "d 1", "e 1", "b 0.9",
                      "c 2; Recommends: e; Suggests: e"},
                     {"a"}),
              ElementsAre("a 1", "b 1", "c 2", "d 1"));
}

TEST(PackageSolver, TakesTheHighestVersion) {  // hostile 262
  const std::vector<std::string> lines{"a 1.0~rc1", "a 1.0", "a 1.0-1", "a 1:0.1", "a 9"};
  EXPECT_THAT(solved(lines, {"a"}), ElementsAre("a 1:0.1"));
  EXPECT_THAT(solved(lines, {"a=1.0~rc1"}), ElementsAre("a 1.0~rc1"));
  EXPECT_THAT(solved(lines, {"a=0:1.0"}), ElementsAre("a 1.0")) << "another spelling of the version";
}

TEST(PackageSolver, TakesALowerVersionWhereNoOtherFits) {
  EXPECT_THAT(solved({"a 1; Depends: b", "b 2; Depends: nowhere", "b 1"}, {"a"}), ElementsAre("a 1", "b 1"));
}

TEST(PackageSolver, ClosesCircles) {  // hostile 262
  EXPECT_THAT(solved({"a 1; Depends: b", "b 1; Depends: c", "c 1; Depends: a"}, {"b"}),
              ElementsAre("a 1", "b 1", "c 1"));
}

TEST(PackageSolver, PrefersTheFirstAlternative) {
  const std::vector<std::string> lines{"a 1; Depends: zeta | alpha", "b 1; Depends: alpha | zeta", "alpha 1",
                                       "zeta 1"};
  EXPECT_THAT(solved(lines, {"a"}), ElementsAre("a 1", "zeta 1"));
  EXPECT_THAT(solved(lines, {"b"}), ElementsAre("alpha 1", "b 1"));
  EXPECT_THAT(solved(lines, {"a", "alpha"}), ElementsAre("a 1", "alpha 1"))
      << "what is there anyway is enough";
  EXPECT_THAT(solved({"a 1; Depends: zeta | alpha", "alpha 1", "zeta 1; Depends: nowhere"}, {"a"}),
              ElementsAre("a 1", "alpha 1"));
}

TEST(PackageSolver, KnowsVirtualPackages) {  // hostile 262
  EXPECT_THAT(solved({"a 1; Depends: mail", "exim 1; Provides: mail", "postfix 1; Provides: mail"}, {"a"}),
              ElementsAre("a 1", "exim 1"));
  EXPECT_THAT(
      solved({"a 1; Depends: default | mail", "exim 1; Provides: mail", "postfix 1; Provides: mail, default"},
             {"a"}),
      ElementsAre("a 1", "postfix 1"));
  EXPECT_THAT(failure([] {
                solved({"a 1; Depends: v (>= 1)", "b 1; Provides: v"}, {"a"});
              }),
              HasSubstr("nothing provides v"))
      << "a provision without version fulfils no relation with one";
  EXPECT_THAT(solved({"a 1; Depends: v (>= 1)", "b 1; Provides: v (= 2)"}, {"a"}), ElementsAre("a 1", "b 1"));
  EXPECT_THAT(solved({"b 1; Provides: v"}, {"v"}), ElementsAre("b 1")) << "the one package that provides it";
  EXPECT_EQ(failure([] {
              solved({"b 1; Provides: v", "c 1; Provides: v"}, {"v"});
            }),
            "spec: v is no package but what several provide\nhint: name one of b, c");
}

TEST(PackageSolver, HeedsConflicts) {
  EXPECT_THAT(solved({"a 1; Depends: b | c", "b 1; Breaks: x", "c 1", "x 1"}, {"a", "x"}),
              ElementsAre("a 1", "c 1", "x 1"));
  EXPECT_THAT(solved({"exim 1; Provides: mail; Conflicts: mail"}, {"exim"}), ElementsAre("exim 1"))
      << "not with itself";
  const auto text = failure([] {
    solved({"a 1; Depends: b", "b 1; Conflicts: c (<< 2)", "c 1"}, {"a", "c"});
  });
  EXPECT_THAT(text, HasSubstr("spec: no set of packages fulfils all that is asked for:\n  "));
  EXPECT_THAT(text, HasSubstr("b-1.all conflicts with c << 2 provided by c-1.all"));
  EXPECT_THAT(text, HasSubstr("a-1.all requires b"));
}

TEST(PackageSolver, SaysWhyThereIsNoSolution) {  // hostile 262
  EXPECT_THAT(failure([] {
                solved({"a 1; Depends: b (>= 2)", "b 1"}, {"a"});
              }),
              HasSubstr("nothing provides b >= 2 needed by a-1.all"));
  EXPECT_EQ(failure([] {
              solved({"tzdata 1", "other 1"}, {"tzdta"});
            }),
            "spec: the package archives have no package tzdta for amd64\nhint: did you mean tzdata?");
  EXPECT_EQ(failure([] {
              solved({"a 2", "a 1~x"}, {"a=1"});
            }),
            "spec: the package archives do not have a in version 1\nhint: they have 2, 1~x");
  EXPECT_EQ(failure([] {
              solved({"a 2", "a 1"}, {"a=1", "a=2"});
            }),
            "spec: two versions of a are asked for: 1 and 2");
}

TEST(PackageSolver, LeavesOtherArchitecturesOut) {  // hostile 262
  const std::vector<std::string> lines{"a 1 arm64", "b 1 amd64; Depends: c:any", "c 1 amd64",
                                       "d 1; Depends: c:i386"};
  EXPECT_THAT(solved(lines, {"b"}), ElementsAre("b 1", "c 1"));
  EXPECT_THAT(failure([&] { solved(lines, {"a"}); }), HasSubstr("no package a for amd64"));
  EXPECT_THAT(failure([&] { solved(lines, {"d"}); }), HasSubstr("nothing provides c:i386"));
  EXPECT_THAT(solved(lines, {"a:arm64", "c:amd64"}), ElementsAre("c 1")) << "meant for arm64 alone";
}

TEST(PackageSolver, TakesExactlyTheListWithoutDependencies) {
  const auto all = pool({"a 1; Depends: nowhere", "a 2; Depends: nowhere", "b 1; Conflicts: a"});
  EXPECT_THAT(names(solve(all, request({"b", "a", "a=1"}, false))), ElementsAre("a 1", "b 1"));
  EXPECT_THAT(names(solve(all, request({}, false))), IsEmpty());
}

TEST(PackageSolver, LeavesWhatIsPresent) {
  const auto all = pool({"a 1; Depends: b, v", "b 1; Provides: v", "b 2; Provides: v",
                         "c 1; Depends: b (>= 2)", "d 1; Conflicts: b"});
  auto over = request({"a"});
  over.present = {{"b", "1", "all", "pool/b", 1, Digest::of("")}};
  EXPECT_THAT(names(solve(all, over)), ElementsAre("a 1"));
  over.wishes = {{"b"}};
  EXPECT_THAT(names(solve(all, over)), IsEmpty());
  over.wishes = {{"b", {}, "2"}};
  EXPECT_THAT(failure([&] { solve(all, over); }), HasSubstr("spec: package b=2: the layers below have b 1"));
  for (const auto* wish : {"c", "d"}) {
    over.wishes = {{wish}};
    EXPECT_THAT(failure([&] { solve(all, over); }), HasSubstr("no set of packages fulfils")) << wish;
  }
}

TEST(PackageSolver, DependsOnTheContentAlone) {  // hostile 262
  std::vector<std::string> lines{
      "a 1; Depends: b | c, v", "b 1; Depends: d",  "b 2; Depends: e | d",   "c 1", "d 1", "d 2",
      "e 1; Provides: v",       "f 1; Provides: v", "g 1; Depends: v, c | b"};
  std::vector<std::string> wishes{"a", "g", "d=1"};
  const auto expected = solved(lines, wishes);
  std::mt19937 random(7);
  for (int i = 0; i < 50; ++i) {
    std::ranges::shuffle(lines, random);
    std::ranges::shuffle(wishes, random);
    const auto half = lines.begin() + 4;
    const PackagePool split(
        {{index({lines.begin(), half}), 0}, {index({half, lines.end()}), 1}, {index(lines), 2}}, "amd64");
    ASSERT_EQ(names(solve(split, request(wishes))), expected);
  }
}

TEST(PackageSolver, NamesTheArchive) {
  const PackagePool two({{index({"a 1; Depends: b", "b 1"}), 0}, {index({"b 1", "b 2", "a 1"}), 1}}, "amd64");
  const auto chosen = solve(two, request({"a"}));
  ASSERT_EQ(chosen.size(), 2U);
  EXPECT_EQ(chosen[0].archive, 0U);
  EXPECT_EQ(chosen[1].archive, 1U);
}

TEST(PackageWish, HasOneForm) {
  EXPECT_EQ(PackageWish::parse("a:arm64=1:2-3"), (PackageWish{"a", "arm64", "1:2-3"}));
  EXPECT_EQ(PackageWish::parse("a=1:2"), (PackageWish{"a", {}, "1:2"}));
  EXPECT_EQ(PackageWish::parse("a:arm64=1:2-3").text(), "a:arm64=1:2-3");
  for (const auto* text : {"", "a b", "a=", "a:", "=1", "a>=1", "-a", "a=1 2"})
    EXPECT_THAT(failure([&] { PackageWish::parse(text); }), HasSubstr("does not name a package")) << text;
}

}  // namespace
}  // namespace whittle::packages
