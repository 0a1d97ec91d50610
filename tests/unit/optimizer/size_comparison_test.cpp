#include "optimizer/size_comparison.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/optimizer/grown_image.hpp"

namespace whittle::optimizer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> texts(const std::vector<SizeChange>& changes) {
  std::vector<std::string> texts;
  for (const auto& change : changes) texts.push_back(change.name + " " + signed_size(change.bytes()));
  return texts;
}

TEST(SizeComparison, TheLargestGrowthComesFirstAndTheLargestLossLast) {
  EXPECT_THAT(texts(changes_between({{"a", 5}, {"b", 7}, {"c", 9}, {"d", 2}, {"same", 3}},
                                    {{"a", 1}, {"b", 9}, {"c", 5}, {"gone", 50}, {"same", 3}})),
              ElementsAre("a +4 B", "c +4 B", "d +2 B", "b -2 B", "gone -50 B"));
  EXPECT_THAT(changes_between({{"a", 1}}, {{"a", 1}}), IsEmpty());
}

TEST(SizeComparison, WhatIsNewGoesByTheImportThatBroughtIt) {
  const auto imports = test::grown_platform().new_imports();
  ASSERT_EQ(imports.size(), 1U);
  EXPECT_EQ(imports[0].chain, "./cmd/api → ./store → example.com/fat");
  EXPECT_EQ(imports[0].packages, 3U);
  EXPECT_EQ(imports[0].bytes, 740'000U);
}

TEST(SizeComparison, TwoNewImportsAreToldApart) {
  auto platform = test::grown_platform();
  platform.before->packages["example.com/fat"] = 1;
  platform.before->packages.erase("os");
  const auto imports = platform.new_imports();
  ASSERT_EQ(imports.size(), 2U);
  EXPECT_EQ(imports[0].chain, "./cmd/api → ./store → example.com/fat → net/http");
  EXPECT_EQ(imports[1].chain, "./cmd/api → fmt → os");
}

TEST(SizeComparison, WithoutImportsOrAnEarlierImageNothingIsSaidOfThem) {
  auto platform = test::grown_platform();
  platform.imports.clear();
  EXPECT_THAT(platform.new_imports(), IsEmpty());
  EXPECT_EQ(platform.chain_to_module("example.com/fat"), "");
  platform = test::grown_platform();
  platform.before.reset();
  EXPECT_THAT(platform.new_imports(), IsEmpty());
  EXPECT_EQ(platform.chain_to_package("net"), "./cmd/api → ./store → example.com/fat → net/http → net");
}

TEST(SizeComparison, OfSeveralProgramsTheFirstThatHasAChainCounts) {
  auto platform = test::grown_platform();
  platform.imports.insert(platform.imports.begin(),
                          builder::ImportGraph({test::listed("example.com/shop", "example.com/shop", {"fmt"}),
                                                test::listed("fmt", "", {})},
                                               "example.com/shop"));
  EXPECT_EQ(platform.chain_to_package("fmt"), ". → fmt");
  EXPECT_EQ(platform.chain_to_module("example.com/fat"), "./cmd/api → ./store → example.com/fat");
}

TEST(SizeComparison, NoImportBringsTheMainPackage) {
  EXPECT_EQ(test::grown_platform().chain_to_package("main"), "");
  EXPECT_EQ(test::grown_platform().chain_to_module("example.com/shop"), "");
}

}  // namespace
}  // namespace whittle::optimizer
