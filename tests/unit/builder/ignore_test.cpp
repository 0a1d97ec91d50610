#include "builder/ignore.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "tests/support/failure.hpp"

namespace whittle::builder {
namespace {

using test::failure;

bool ignores(std::string_view rules, std::string_view path) {
  IgnoreRules ignore;
  ignore.add(rules, ".dockerignore");
  return ignore.ignores(path);
}

std::string add_failure(std::string_view rules) {
  return failure([&] {
    IgnoreRules ignore;
    ignore.add(rules, ".dockerignore");
  });
}

struct Case {
  std::string_view rules;
  std::string_view path;
  bool ignored;
};

// The answers are those of Docker's own matcher.
constexpr Case cases[] = {
    // plain paths, whole and below
    {"a", "a", true},
    {"a", "b/a", false},
    {"a", "a/b/c", true},
    {"a", "ab", false},
    {"a/b", "a", false},
    {"a/b/", "a/b/c", true},
    {"/a", "a", true},
    {"./a/../b", "b", true},
    {"../a", "a", false},
    {"/", "a", false},
    {".", "a", false},
    // wildcards stay within a folder
    {"*", "a", true},
    {"*", "a/b", true},
    {"*/b", "a/b", true},
    {"*/b", "a/c/b", false},
    {"*.md", "README.md", true},
    {"*.md", "doc/README.md", false},
    {"a?c", "abc", true},
    {"a?c", "a/c", false},
    {"a?c", "aüc", true},
    {"[a-c]x", "bx", true},
    {"[^a-c]x", "bx", false},
    {"\\*", "*", true},
    {"\\*", "a", false},
    {"a.b", "axb", false},
    {"(a|b)$", "(a|b)$", true},
    // ** crosses folders
    {"**", "a/b", true},
    {"**/*.go", "x.go", true},
    {"**/*.go", "a/b/x.go", true},
    {"**/b", "b", true},
    {"**/b", "a/b", true},
    {"**/b", "ab", false},
    {"**b", "ab", true},  // "ends in b", since nothing special follows
    {"**b*", "ab", false},
    {"**b*", "a/bc", true},
    {"a/**", "a", false},
    {"a/**", "a/b/c", true},
    {"a/**/b", "a/b", true},
    {"a/**/b", "a/x/y/b", true},
    {"a/**/b", "ab", false},
    {"a**b", "a/x/b", true},
    {"a**b", "ax/b", true},
    {"a**b", "ab", true},
    {"**/a/**/b/**", "x/a/y/b/z", true},
    {"**/**/**/a", "x/y/a", true},
    // ! takes back, and the last rule that matches decides
    {"*\n!a", "a", false},
    {"*\n!a", "b", true},
    {"!a\n*", "a", true},
    {"*\n!a\na/b", "a/b", true},
    {"*\n!a\na/b", "a/c", false},
    {"a\n!a/b", "a/b", false},
    {"a\n!a/b", "a/c", true},
    {"*.md\n!README.md", "README.md", false},
    {"*\n!**/*.go", "a/b/x.go", false},
    {"*\n! a", "a", false},
    {"!a", "b", false},
    // lines
    {"# a\n#b", "b", false},
    {" #a", "#a", true},
    {"  a  ", "a", true},
    {"a\r\nb\r\n", "b", true},
    {"\xef\xbb\xbf"
     "a",
     "a", true},
    {"\n\n \n", "a", false},
    {"a b", "a b", true},
    {"\xff", "\xff", true},
    {"?", "\xff", true},
};

TEST(Ignore, DecidesAsDockerDoes) {
  for (const auto& c : cases) EXPECT_EQ(ignores(c.rules, c.path), c.ignored) << c.rules << " on " << c.path;
}

TEST(Ignore, LaterFilesComeAfterEarlierOnes) {
  IgnoreRules ignore;
  ignore.add("*\n", ".dockerignore");
  ignore.add("!a\n", ".whittleignore");
  EXPECT_FALSE(ignore.ignores("a"));
  EXPECT_TRUE(ignore.ignores("b"));
}

TEST(Ignore, FoldersWithExceptionsBelowAreStillWalked) {
  const auto may_include = [](std::string_view rules, std::string_view folder) {
    IgnoreRules ignore;
    ignore.add(rules, "f");
    return ignore.may_include_below(folder);
  };
  EXPECT_FALSE(may_include("*", "a"));
  EXPECT_TRUE(may_include("*\n!a/b/c", "a"));
  EXPECT_TRUE(may_include("*\n!a/b/c", "a/b"));
  EXPECT_FALSE(may_include("*\n!a/b/c", "ab"));
  EXPECT_FALSE(may_include("*\n!a/b/c", "b"));
  EXPECT_TRUE(may_include("*\n!**/*.go", "a/b"));
  EXPECT_TRUE(may_include("*\n!a/*.go", "a"));
  EXPECT_TRUE(may_include("*\n!a/b/*.go", "a"));
  EXPECT_FALSE(may_include("*\n!a/*.go", "b"));
  EXPECT_TRUE(may_include("*\n!a\\*b", "a*b"));
}

TEST(Ignore, Hostile047_MalformedRulesNameTheirLine) {
  EXPECT_EQ(add_failure("a\n\nb[\n"), "spec: .dockerignore:3: \"b[\" is malformed");
  EXPECT_EQ(add_failure("a\r\n![\r\n"), "spec: .dockerignore:2: \"![\" is malformed");
  EXPECT_EQ(add_failure("[z-a]"), "spec: .dockerignore:1: \"[z-a]\" has a range that ends before it begins");
  EXPECT_EQ(add_failure("a\\"), "spec: .dockerignore:1: \"a\\\" is malformed");
  for (const auto* const nothing : {"!", "!  ", "!/"})
    EXPECT_THAT(add_failure(nothing),
                testing::HasSubstr("takes nothing back: a pattern has to follow the `!`"));
}

// What is not linear does not end within the time limit of the suite.
TEST(Ignore, Hostile047_LinearTime) {
  std::string stars;
  for (int i = 0; i < 1000; ++i) stars += "**/";
  std::string path;
  for (int i = 0; i < 1000; ++i) path += "a/";
  EXPECT_FALSE(ignores(stars + "b", path + "a"));
  EXPECT_FALSE(ignores(std::string(2000, '*') + "b", std::string(4000, 'a')));
  std::string lines;
  for (int i = 0; i < 1'000'000; ++i) lines += fmt::format("f{}\n", i);
  IgnoreRules many;
  many.add(lines, "f");
  for (int i = 0; i < 10'000; ++i) EXPECT_FALSE(many.ignores(fmt::format("a/b/c/f{}", i)));
  EXPECT_TRUE(many.ignores("f999999/x"));
}

TEST(Ignore, Hostile047_RulesWithWildcardsHaveALimit) {
  std::string lines;
  for (int i = 0; i < 10'001; ++i) lines += fmt::format("*f{}\n", i);
  EXPECT_EQ(
      add_failure(lines),
      "limit: .dockerignore:10001: \"*f10000\" is one rule with wildcards too many; the limit is 10000");
}

}  // namespace
}  // namespace whittle::builder
