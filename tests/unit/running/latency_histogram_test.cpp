#include "running/latency_histogram.hpp"

#include <gmock/gmock.h>

namespace whittle::running {
namespace {

using namespace std::chrono_literals;

TEST(LatencyHistogram, HasNothingAtFirst) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.at(0.99), 0ns);
}

TEST(LatencyHistogram, SharesAreRightToTheWidthOfABucket) {
  LatencyHistogram histogram;
  for (int i = 1; i <= 100'000; ++i) histogram.add(std::chrono::microseconds(i * 10));
  for (const auto& [share, wanted] :
       {std::pair{0.5, 500'000.0}, std::pair{0.99, 990'000.0}, std::pair{0.001, 1'000.0}}) {
    const auto microseconds = static_cast<double>(histogram.at(share).count()) / 1000;
    EXPECT_GE(microseconds, wanted) << share;
    EXPECT_LE(microseconds, wanted * (1 + 1.0 / 64) + 1) << share;
  }
  EXPECT_EQ(histogram.at(1), 1s);
  EXPECT_EQ(histogram.longest(), 1s);
}

TEST(LatencyHistogram, TakesAnything) {
  LatencyHistogram histogram;
  histogram.add(-5ns);
  histogram.add(std::chrono::hours(24 * 365));
  EXPECT_EQ(histogram.count(), 2U);
  EXPECT_GE(histogram.at(1), std::chrono::hours(18));
  LatencyHistogram sum;
  sum.add(histogram);
  sum.add(histogram);
  EXPECT_EQ(sum.count(), 4U);
  EXPECT_EQ(sum.longest(), histogram.longest());
}

TEST(LatencyHistogram, EachMicrosecondBelow128HasABucketOfItsOwn) {
  for (int i = 0; i < 127; ++i) {
    LatencyHistogram histogram;
    histogram.add(std::chrono::microseconds(i));
    histogram.add(1s);
    EXPECT_EQ(histogram.at(0.5), std::chrono::microseconds(i + 1)) << i;
  }
}

}  // namespace
}  // namespace whittle::running
