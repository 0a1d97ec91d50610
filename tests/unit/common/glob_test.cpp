#include "common/glob.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace whittle {
namespace {

struct Case {
  std::string_view pattern;
  std::string_view name;
  PatternMatch expected;
};

constexpr auto yes = PatternMatch::yes;
constexpr auto no = PatternMatch::no;
constexpr auto malformed = PatternMatch::malformed;

// The answers are those of Go's path.Match.
constexpr Case cases[] = {
    {"abc", "abc", yes},
    {"", "", yes},
    {"", "a", no},
    {"*", "abc", yes},
    {"*", "", yes},
    {"*c", "abc", yes},
    {"a*", "a", yes},
    {"a*", "ab/c", no},
    {"a*/b", "abc/b", yes},
    {"a*/b", "a/c/b", no},
    {"a*b*c*d*e*/f", "axbxcxdxe/f", yes},
    {"a*b*c*d*e*/f", "axbxcxdxexxx/fff", no},
    {"a*b?c*x", "abxbbxdbxebxczzx", yes},
    {"a*b?c*x", "abxbbxdbxebxczzy", no},
    {"**", "a/b", no},
    {"a?b", "a/b", no},
    {"a?b", "aüb", yes},
    {"a??b", "aüb", no},
    {"ab[c]", "abc", yes},
    {"ab[b-d]", "abc", yes},
    {"ab[e-g]", "abc", no},
    {"ab[^c]", "abc", no},
    {"ab[^e-g]", "abc", yes},
    {"[a-ü]", "ö", yes},
    {"[z-a]", "b", no},
    {"[!a]", "b", no},
    {"[!a]", "!", yes},
    {"[^a]", "/", yes},
    {"*a[^x]*b", "aya/b", no},  // an earlier `*` gets no second try
    {"a\\*b", "a*b", yes},
    {"a\\*b", "axb", no},
    {"[\\]a]", "]", yes},
    {"[\\-]", "-", yes},
    {"[x\\-]", "x", yes},
    {"[x\\-]", "z", no},
    {"a]", "a]", yes},
    {"?", "\xff", yes},
    {"[^a]", "\xff", yes},
    {"\xff", "\xff", yes},
    {"[", "a", malformed},
    {"[]a]", "]", malformed},
    {"[-]", "-", malformed},
    {"[x-]", "x", malformed},
    {"[-x]", "x", malformed},
    {"[a-b-c]", "a", malformed},
    {"[^", "a", malformed},
    {"[^bc", "a", malformed},
    {"a[", "ab", malformed},
    {"\\", "a", malformed},
    {"a*[", "b", malformed},
    {"[\xff]", "a", malformed},
};

TEST(Glob, MatchesAsGoDoes) {
  for (const auto& c : cases) {
    EXPECT_EQ(static_cast<int>(match_pattern(c.pattern, c.name)), static_cast<int>(c.expected))
        << c.pattern << " on " << c.name;
    EXPECT_EQ(glob_match(c.pattern, c.name), c.expected == yes);
  }
}

TEST(Glob, Hostile047_TakesNoExponentialTime) {
  std::string pattern;
  for (int i = 0; i < 2000; ++i) pattern += "*a";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(glob_match(pattern + "b", std::string(20'000, 'a')));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(Glob, ASetKnowsItsEmptyRanges) {
  std::string_view text = "[z-a]rest";
  const auto set = CharacterSet::parse(text);
  ASSERT_TRUE(set);
  EXPECT_TRUE(set->has_empty_range());
  EXPECT_EQ(text, "rest");
}

}  // namespace
}  // namespace whittle
