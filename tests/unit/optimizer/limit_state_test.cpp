#include "optimizer/limit_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace whittle::optimizer {
namespace {

using testing::ElementsAre;

builder::SizeLimit limit(std::uint64_t bytes) {
  return {bytes, std::to_string(bytes), {}};
}

ImageSizes sizes() {
  ImageSizes sizes;
  sizes.image = 1'000;
  sizes.layers = {{"base", 300}, {"base", 300}, {"files", 50}, {"binaries", 350}};
  sizes.modules = {{"std", 200}};
  sizes.packages = {{"fmt", 20}};
  return sizes;
}

std::vector<std::string> broken(const builder::SizeLimits& limits) {
  std::vector<std::string> texts;
  for (const auto& state : states_of(limits, sizes()))
    if (state.is_broken()) texts.push_back(description_of(state) + " " + std::to_string(state.excess()));
  return texts;
}

TEST(LimitState, ALimitIsBrokenByOneByte) {
  EXPECT_THAT(broken({.image = limit(1'000)}), ElementsAre());
  EXPECT_THAT(broken({.image = limit(999)}), ElementsAre("the image 1"));
}

TEST(LimitState, OfEveryPartAtOnce) {
  EXPECT_THAT(
      broken({.image = limit(1),
              .layer = limit(340),
              .layers = {{"base", limit(500)}, {"files", limit(50)}},
              .modules = {{"std", limit(150)}},
              .packages = {{"fmt", limit(19)}}}),
      ElementsAre("the image 999", "layer binaries 10", "layer base 100", "module std 50", "package fmt 1"));
}

TEST(LimitState, WhatIsNotThereBreaksNothing) {
  const auto states =
      states_of({.layers = {{"packages", limit(1)}}, .modules = {{"example.com/x", limit(1)}}}, sizes());
  ASSERT_EQ(states.size(), 2U);
  for (const auto& state : states) {
    EXPECT_EQ(state.bytes, std::nullopt);
    EXPECT_FALSE(state.is_broken());
  }
}

TEST(LimitState, OnlyModulesAndPackagesNeedProgramsToBeRead) {
  EXPECT_FALSE(need_programs({.image = limit(1), .layer = limit(1), .layers = {{"files", limit(1)}}}));
  EXPECT_TRUE(need_programs({.modules = {{"std", limit(1)}}}));
  EXPECT_TRUE(need_programs({.packages = {{"fmt", limit(1)}}}));
}

}  // namespace
}  // namespace whittle::optimizer
