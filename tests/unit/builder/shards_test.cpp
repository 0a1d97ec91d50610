#include "builder/shards.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error.hpp"

namespace whittle::builder {
namespace {

using testing::HasSubstr;

std::vector<std::string> services(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back(fmt::format("service-{:02}", i));
  return names;
}

std::map<unsigned, std::uint64_t> loads(const std::map<std::string, unsigned>& shards, const Costs& costs) {
  std::map<unsigned, std::uint64_t> result;
  for (const auto& [name, shard] : shards) result[shard] += costs.contains(name) ? costs.at(name) : 1;
  return result;
}

TEST(Shards, AreWrittenAsNumberAndCount) {
  EXPECT_EQ(Shard::parse("2/5").number, 2U);
  EXPECT_EQ(Shard::parse("2/5").text(), "2/5");
  for (const auto* text : {"", "2", "0/3", "4/3", "1/0", "a/3", "1/3/", "+1/3", " 1/3", "1/1001", "-1/3"}) {
    try {
      Shard::parse(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("is no shard")) << text;
    }
  }
}

TEST(Shards, EveryImageIsInOne) {
  const auto shards = split(services(60), {}, 7);
  EXPECT_EQ(shards.size(), 60U);
  for (const auto& [number, load] : loads(shards, {})) {
    EXPECT_GE(number, 1U);
    EXPECT_LE(number, 7U);
    EXPECT_THAT(load, testing::AnyOf(8U, 9U));
  }
}

TEST(Shards, AreAboutEqualInWhatTheyCost) {
  Costs costs;
  for (const auto& name : services(60)) costs[name] = 1'000'000 + 150'000 * costs.size();
  const auto parts = loads(split(services(60), costs, 4), costs);
  std::uint64_t least = UINT64_MAX;
  std::uint64_t most = 0;
  for (const auto& [number, load] : parts) {
    least = std::min(least, load);
    most = std::max(most, load);
  }
  EXPECT_EQ(parts.size(), 4U);
  EXPECT_LT(static_cast<double>(most), 1.2 * static_cast<double>(least));
}

TEST(Shards, OneDearImageIsAlone) {
  Costs costs = {{"huge", 90'000'000}};
  auto names = services(9);
  for (const auto& name : names) costs[name] = 10'000'000;
  names.emplace_back("huge");
  const auto shards = split(names, costs, 2);
  for (const auto& name : services(9)) EXPECT_NE(shards.at(name), shards.at("huge"));
}

TEST(Shards, AreTheSameInWhateverOrderImagesAreNamed) {
  auto names = services(20);
  const auto shards = split(names, {{"service-03", 7'000}}, 3);
  std::reverse(names.begin(), names.end());
  EXPECT_EQ(split(names, {{"service-03", 7'000}}, 3), shards);
}

TEST(Shards, StayAsTheyAreWhenAnImageGrowsALittle) {
  Costs costs;
  for (const auto& name : services(20)) costs[name] = 4'300'000 + 1'300'000 * (costs.size() % 5);
  const auto before = split(services(20), costs, 3);
  for (auto& [name, cost] : costs) cost += 1'000;
  EXPECT_EQ(split(services(20), costs, 3), before);
}

TEST(Shards, WhatIsNotKnownCostsAsTheMiddleOne) {
  const Costs costs = {{"a", 8}, {"b", 8}, {"c", 800}};
  const auto shards = split({"a", "b", "c", "new"}, costs, 2);
  EXPECT_NE(shards.at("c"), shards.at("new"));
}

TEST(Shards, MoreThanThereAreImagesLeaveSomeEmpty) {
  EXPECT_EQ(split({"a"}, {}, 5).size(), 1U);
  EXPECT_TRUE(split({}, {}, 5).empty());
}

}  // namespace
}  // namespace whittle::builder
