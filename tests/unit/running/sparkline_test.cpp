#include "running/sparkline.hpp"

#include <gmock/gmock.h>

namespace whittle::running {
namespace {

TEST(Sparkline, ShowsTheHighestOfEachStretch) {
  EXPECT_EQ(sparkline({0, 1, 2, 3, 4, 5, 6, 7}, 8, 8, false), "_.:-=+*#");
  EXPECT_EQ(sparkline({0, 7, 0, 0}, 8, 2, false), "#_");
  EXPECT_EQ(sparkline({1, 1}, 0, 10, true), "██");
  EXPECT_EQ(sparkline({}, 0, 10, true), "");
  EXPECT_EQ(sparkline({0, 0}, 0, 10, false), "__");
}

}  // namespace
}  // namespace whittle::running
