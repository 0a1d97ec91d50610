#include "builder/build_constraint.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace whittle::builder {
namespace {

bool holds(std::string_view expression, const std::set<std::string, std::less<>>& set = {}) {
  return constraint_holds(expression, [&](std::string_view tag) { return set.contains(tag); });
}

TEST(BuildConstraint, ItsLineStandsBeforeThePackageClause) {
  EXPECT_EQ(build_constraint_of("// Copyright\n\n//go:build a && !b\r\n\npackage p\n"), "a && !b");
  EXPECT_EQ(build_constraint_of("package p\n//go:build a\n"), std::nullopt);
  EXPECT_EQ(build_constraint_of(""), std::nullopt);
}

TEST(BuildConstraint, OperatorsBindAsInGo) {
  EXPECT_TRUE(holds("a || b && c", {"a"}));
  EXPECT_FALSE(holds("(a || b) && c", {"a"}));
  EXPECT_TRUE(holds("!a && !(b && c)", {"b"}));
  EXPECT_TRUE(holds("go1.21", {"go1.21"}));
}

TEST(BuildConstraint, EveryTagIsAskedFor) {
  std::set<std::string> asked;
  constraint_holds("a || b && !(c || d.e)", [&](std::string_view tag) {
    asked.emplace(tag);
    return tag == "a";
  });
  EXPECT_EQ(asked, (std::set<std::string>{"a", "b", "c", "d.e"}));
}

TEST(BuildConstraint, WhatIsNotUnderstoodHolds) {
  EXPECT_TRUE(holds("a &&"));
  EXPECT_TRUE(holds(") a"));
  EXPECT_TRUE(holds(std::string(100'000, '(')));
}

}  // namespace
}  // namespace whittle::builder
