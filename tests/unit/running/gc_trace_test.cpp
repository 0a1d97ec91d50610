#include "running/gc_trace.hpp"

#include <gmock/gmock.h>

namespace whittle::running {
namespace {

TEST(GcTrace, ReadsALineOfGo126) {
  const auto one = parse_collection(
      "gc 12 @3.045s 2%: 0.015+1.42+0.003 ms clock, 0.12+0.35/0.41/0.50+0.024 ms cpu, 40->44->21 MB, 42 MB "
      "goal, 1 MB "
      "stacks, 2 MB globals, 8 P\n");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->number, 12U);
  EXPECT_DOUBLE_EQ(one->at, 3.045);
  EXPECT_DOUBLE_EQ(one->collector_share, 0.02);
  EXPECT_DOUBLE_EQ(one->pause_before, 0.015);
  EXPECT_DOUBLE_EQ(one->marking, 1.42);
  EXPECT_DOUBLE_EQ(one->pause_after, 0.003);
  EXPECT_DOUBLE_EQ(one->assist, 0.35);
  EXPECT_NEAR(one->cpu, 0.904, 1e-9);
  EXPECT_EQ(one->heap_before, 40U);
  EXPECT_EQ(one->heap_after, 44U);
  EXPECT_EQ(one->live, 21U);
  EXPECT_EQ(one->goal, 42U);
  EXPECT_EQ(one->stacks, 1U);
  EXPECT_EQ(one->globals, 2U);
  EXPECT_EQ(one->processors, 8U);
  EXPECT_FALSE(one->forced);
}

TEST(GcTrace, ReadsOlderAndOtherForms) {
  EXPECT_TRUE(parse_collection(
      "gc 1 @0.012s 2%: 0.015+0.42+0.003 ms clock, 0.12+0.35/0.41/0.50+0.024 ms cpu, 4->4->0 "
      "MB, 5 MB goal, 8 P"));
  const auto forced = parse_collection(
      "gc 7 @120.001s 0%: 0.1+2+0.03 ms clock, 0.2+0/0.4/0+0.02 ms cpu, 4->4->1 MB, 4 MB goal, 0 MB stacks, "
      "0 MB "
      "globals, 1 P (forced)");
  ASSERT_TRUE(forced);
  EXPECT_TRUE(forced->forced);
  EXPECT_TRUE(parse_collection(
      "gc 7 @120.001s 0% (checking for goroutine leaks): 0.1+2+0.03 ms clock, 0.2+0/0.4/0+0.02 "
      "ms cpu, 4->4->1 MB, 4 MB goal, 0 MB stacks, 0 MB globals, 1 P (forced)"));
}

TEST(GcTrace, NoOtherLine) {
  for (const auto* line :
       {"", "gc ", "gc 1 @0.012s 2%", "hello", "gc x @0.012s 2%: 0.015+0.42+0.003 ms clock,",
        "gc 1 @0.012s 2%: 0.015+0.42+0.003 ms clock, 0.12+0.35/0.41/0.50+0.024 ms cpu, 4->4->0 MB, 5 MB "
        "goal, 8 Phello",
        "gc 1 @-1s 2%: 0.015+0.42+0.003 ms clock, 0.12+0.35/0.41/0.50+0.024 ms cpu, 4->4->0 MB, 5 MB goal, 8 "
        "P",
        "gc 1 @nans 2%: 0.015+0.42+0.003 ms clock, 0.12+0.35/0.41/0.50+0.024 ms cpu, 4->4->0 MB, 5 MB goal, "
        "8 P",
        "gc 1 @1s 2%: 0.0+0.4+0.0 ms clock, 0.1+0.3/0.4/0.5+0.0 ms cpu, 4->4->99999999999999999 MB, 5 MB "
        "goal, 8 P"})
    EXPECT_FALSE(parse_collection(line)) << line;
}

}  // namespace
}  // namespace whittle::running
