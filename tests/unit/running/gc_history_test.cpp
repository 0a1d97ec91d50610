#include "running/gc_history.hpp"

#include <gmock/gmock.h>

namespace whittle::running {
namespace {

Collection collection(std::uint64_t number, double at) {
  Collection one;
  one.number = number;
  one.at = at;
  one.pause_before = 1;
  one.pause_after = 2;
  one.cpu = 100;
  one.assist = 50;
  one.heap_before = 10 + number % 3;
  one.live = 5;
  one.goal = 20;
  one.processors = 2;
  return one;
}

TEST(GcHistory, CountsAllAndKeepsSome) {
  GcHistory history;
  for (std::uint64_t i = 1; i <= 50'000; ++i) history.add(collection(i, static_cast<double>(i)));
  EXPECT_EQ(history.count(), 50'000U);
  EXPECT_EQ(history.pauses().count(), 100'000U);
  EXPECT_LT(history.kept().size(), 4096U);
  EXPECT_GT(history.kept().size(), 2000U);
  EXPECT_EQ(history.kept().front().number, 1U);
  EXPECT_EQ(history.kept().back().number, 50'000U);
  for (std::size_t i = 1; i < history.kept().size(); ++i)
    EXPECT_LT(history.kept()[i - 1].number, history.kept()[i].number);
}

TEST(GcHistory, SharesAreOfTheTimeThereWas) {
  GcHistory history;
  for (std::uint64_t i = 1; i <= 10; ++i) history.add(collection(i, static_cast<double>(i)));
  EXPECT_DOUBLE_EQ(history.collector_share(10), 0.05);  // 1 s of 10 s on two processors
  EXPECT_DOUBLE_EQ(history.collector_share(20), 0.025);
  EXPECT_DOUBLE_EQ(history.assist_share(10), 0.025);
  EXPECT_DOUBLE_EQ(history.busiest_share(), 0.05);
  EXPECT_EQ(history.highest_heap(), 12U);
}

}  // namespace
}  // namespace whittle::running
