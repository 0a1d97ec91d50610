#include "builder/named_values.hpp"

#include <gtest/gtest.h>

#include "tests/support/failure.hpp"

namespace whittle::builder {
namespace {

using test::failure;

const Position where{"w.yaml", 3, 7};

std::optional<std::string> value(std::string_view name) {
  if (name == "git.commit") return "abc";
  if (name == "version") return "$1 ${git.commit} \"'\n$$";
  return std::nullopt;
}

TEST(NamedValues, Expand) {
  EXPECT_EQ(expand("v${git.commit}-${git.commit}!", value, where), "vabc-abc!");
  EXPECT_EQ(expand("", value, where), "");
  EXPECT_EQ(expand("$", value, where), "$");
  EXPECT_EQ(expand("a$b $ c}", value, where), "a$b $ c}");
  EXPECT_EQ(expand("$$ $${git.commit} $$$$", value, where), "$ ${git.commit} $$");
  EXPECT_EQ(expand("$$${git.commit}", value, where), "$abc");
}

TEST(NamedValues, Hostile012_AValueIsTextAndNeverLookedAtAgain) {
  EXPECT_EQ(expand("<${version}>", value, where), "<$1 ${git.commit} \"'\n$$>");
}

TEST(NamedValues, Hostile012_WhatCannotExpand) {
  const auto expand_failure = [](std::string_view text) {
    return failure([&] { expand(text, value, where); });
  };
  EXPECT_EQ(expand_failure("${git.tag}"),
            "spec: w.yaml:3:7: `${git.tag}` has no value: no git tag names the commit that is built");
  EXPECT_EQ(
      expand_failure("x${GIT.TAG}"),
      "spec: w.yaml:3:7: there is no named value `${GIT.TAG}`; there are `${git.commit}`, `${git.tag}`, "
      "`${version}`\nhint: write `$${` for a dollar sign and a brace");
  EXPECT_EQ(expand_failure("x${git.tag"), "spec: w.yaml:3:7: \"${git.tag\" is not closed by `}`");
  EXPECT_EQ(expand_failure("${}").substr(0, 42), "spec: w.yaml:3:7: there is no named value ");
}

TEST(NamedValues, CheckNeedsNoValues) {
  EXPECT_EQ(failure([] { check_named_values("${git.tag}$$", where); }), "no error");
  EXPECT_NE(failure([] { check_named_values("${nope}", where); }), "no error");
}

TEST(NamedValues, KnowsWhereTheyAre) {
  EXPECT_TRUE(has_named_values("a${"));
  EXPECT_TRUE(has_named_values("$$${x}"));
  EXPECT_FALSE(has_named_values("$${x}"));
  EXPECT_FALSE(has_named_values("$x {} $"));
}

}  // namespace
}  // namespace whittle::builder
