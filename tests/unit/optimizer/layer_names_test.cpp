#include "optimizer/layer_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace whittle::optimizer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Of an image whose layers were made by these commands, the lowest first.
std::vector<std::string_view> names(const std::vector<std::string>& created_by) {
  InspectedPlatform platform{{"", Digest::of(""), 0}, {}, {}, {}};
  for (const auto& command : created_by)
    platform.layers.push_back({{"", Digest::of(""), 1}, {}, {}, command});
  return layer_names(platform);
}

TEST(LayerNames, AreWhatTheBuildWroteIntoTheHistory) {
  EXPECT_THAT(names({"whittle build: static", "whittle build: files", "whittle build: binaries"}),
              ElementsAre("base", "files", "binaries"));
  EXPECT_THAT(names({"whittle build: static", "whittle build: static + curl git", "whittle build: binaries"}),
              ElementsAre("base", "packages", "binaries"));
  EXPECT_THAT(names({"whittle build: binaries"}), ElementsAre("binaries"));
}

TEST(LayerNames, ABaseOfOthersIsABase) {
  EXPECT_THAT(names({"COPY . /", "layer of the base image", "whittle build: curl (alone)",
                     "whittle build: files", "whittle build: binaries"}),
              ElementsAre("base", "base", "packages", "files", "binaries"));
}

TEST(LayerNames, ABaseOfWhittlesOwnMakingIsABase) {
  EXPECT_THAT(names({"whittle build: static", "whittle build: files", "whittle build: binaries",
                     "whittle build: files", "whittle build: binaries"}),
              ElementsAre("base", "base", "base", "files", "binaries"));
  EXPECT_THAT(names({"whittle build: binaries", "whittle build: binaries"}), ElementsAre("base", "binaries"));
}

TEST(LayerNames, OfAnImageOfOthersNobodyKnowsWhereTheBaseEnds) {
  EXPECT_THAT(names({"whittle build: binaries", "COPY app /"}), ElementsAre("binaries", "binaries"));
  EXPECT_THAT(names({"", ""}), ElementsAre("binaries", "binaries"));
  EXPECT_THAT(names({}), IsEmpty());
}

}  // namespace
}  // namespace whittle::optimizer
