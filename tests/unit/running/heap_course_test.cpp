#include "running/heap_course.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace whittle::running {
namespace {

using testing::HasSubstr;
constexpr double real_mebibyte = 1 << 20;

// A minute with two collections a second, the heap after each in MiB as Go rounds it.
template <class Live>
CourseInput input_of(const Live& live) {
  CourseInput input;
  for (int i = 0; i < 120; ++i) {
    const double at = i * 0.5;
    const double bytes = std::floor(live(at)) * real_mebibyte;
    input.live.push_back({at, bytes});
    input.before.push_back({at, 2 * bytes + 4 * real_mebibyte});
    input.anonymous.push_back({at, 2 * bytes + 10 * real_mebibyte});
  }
  input.to = 60;
  input.memory_now = 100 * real_mebibyte;
  input.limit = 256 << 20;
  return input;
}

TEST(HeapCourse, WhatComesBackIsHealthy) {
  const auto course = classify(input_of([](double at) { return 40 + 5 * std::sin(at); }));
  EXPECT_EQ(course.shape, Shape::sawtooth);
  EXPECT_TRUE(course.of_heap);
  EXPECT_EQ(course.slope_per_hour, 0);
  EXPECT_FALSE(course.seconds_until_limit);
}

TEST(HeapCourse, WhatFillsAtFirstAndThenStaysIsHealthy) {
  EXPECT_EQ(classify(input_of([](double at) { return at < 10 ? 10 + 6 * at : 70; })).shape, Shape::sawtooth);
  EXPECT_EQ(classify(input_of([](double at) { return 70 * (1 - std::exp(-at / 6)); })).shape,
            Shape::sawtooth);
}

TEST(HeapCourse, WhatGrowsAllTheTimeIsALeak) {
  const auto course = classify(input_of([](double at) { return 20 + at + 2 * std::sin(3 * at); }));
  EXPECT_EQ(course.shape, Shape::linear);
  EXPECT_NEAR(course.slope_per_hour / real_mebibyte, 3600, 400);
  ASSERT_TRUE(course.seconds_until_limit);
  EXPECT_NEAR(*course.seconds_until_limit, 156, 20);
  EXPECT_THAT(course.evidence, HasSubstr("what is live after a collection went from"));
}

TEST(HeapCourse, StepsThatNeverComeDownAreStairs) {
  EXPECT_EQ(classify(input_of([](double at) { return 20 + 16 * std::floor(at / 10); })).shape, Shape::stairs);
  EXPECT_EQ(classify(input_of([](double at) { return 20 + 30 * std::floor(at / 15); })).shape, Shape::stairs);
}

// As on a machine that is too busy: what grows in an instant takes as long as what does not.
TEST(HeapCourse, StepsAreFoundAmongCollectionsWhereTimeBlursThem) {
  const auto course_of = [](double steps, int collections_per_step) {
    CourseInput input;
    double at = 0;
    for (int i = 0; i < 100; ++i) {
      const bool grows = i % collections_per_step == 0;
      at += grows ? 1 : 1.0 / collections_per_step;
      const double bytes = (8 + steps * (i / collections_per_step)) * real_mebibyte;
      input.live.push_back({at, bytes});
      input.anonymous.push_back({at, 2 * bytes});
    }
    input.to = at;
    return classify(input).shape;
  };
  EXPECT_EQ(course_of(8, 4), Shape::stairs);
  EXPECT_EQ(course_of(8, 1), Shape::linear);  // each collection finds more
  EXPECT_EQ(course_of(2, 4), Shape::linear);  // by too little to be told from rounding
}

TEST(HeapCourse, SlowGrowthIsNoStairsThoughGoRoundsIt) {
  EXPECT_EQ(classify(input_of([](double at) { return 10 + at / 8; })).shape, Shape::linear);
}

TEST(HeapCourse, MomentsOfAManyTimesLargerHeapAreBursts) {
  auto input = input_of([](double) { return 5; });
  for (std::size_t i = 0; i < input.before.size(); i += 10) input.before[i].bytes = 120 * real_mebibyte;
  const auto course = classify(input);
  EXPECT_EQ(course.shape, Shape::bursts);
  EXPECT_THAT(course.evidence, HasSubstr("up to 120.0 MiB for a moment, 12 times"));
}

TEST(HeapCourse, AHeapThatIsAlwaysHighIsNoBurst) {  // GOGC=800
  auto input = input_of([](double) { return 5; });
  for (auto& point : input.before) point.bytes = 45 * real_mebibyte;
  EXPECT_EQ(classify(input).shape, Shape::sawtooth);
}

TEST(HeapCourse, MemoryThatGrowsWhileTheHeapDoesNotIsOutside) {
  auto input = input_of([](double) { return 5; });
  for (auto& point : input.anonymous) point.bytes = (20 + point.at) * real_mebibyte;
  const auto course = classify(input);
  EXPECT_EQ(course.shape, Shape::outside);
  EXPECT_FALSE(course.of_heap);
  EXPECT_NEAR(course.slope_per_hour / real_mebibyte, 3600, 100);
}

TEST(HeapCourse, MemoryThatTheHeapHadForAMomentIsNotOutside) {
  auto input = input_of([](double) { return 5; });
  for (std::size_t i = 0; i < input.before.size(); i += 10) input.before[i].bytes = 120 * real_mebibyte;
  for (auto& point : input.anonymous) point.bytes = (60 + point.at) * real_mebibyte;
  EXPECT_EQ(classify(input).shape, Shape::bursts);
}

TEST(HeapCourse, ProgramsThatTellNothingAreJudgedByTheirMemory) {
  auto input = input_of([](double) { return 5; });
  input.live.clear();
  EXPECT_EQ(classify(input).shape, Shape::unknown);
  for (auto& point : input.anonymous) point.bytes = (20 + point.at) * real_mebibyte;
  EXPECT_EQ(classify(input).shape, Shape::linear);
  EXPECT_FALSE(classify(input).of_heap);
}

// Four collections in a minute, each at twice the heap of the one before.
CourseInput without_garbage() {
  auto input = input_of([](double) { return 5; });
  input.live.clear();
  input.before.clear();
  for (const double at : {4.0, 8.0, 16.0, 32.0}) {
    input.live.push_back({at, (at - 1) * real_mebibyte});
    input.before.push_back({at, at * real_mebibyte});
  }
  for (auto& point : input.anonymous) point.bytes = (6 + point.at) * real_mebibyte;
  return input;
}

TEST(HeapCourse, ALeakThatMakesNoGarbageIsCollectedSeldomAndNamed) {
  const auto course = classify(without_garbage());
  EXPECT_EQ(course.shape, Shape::linear);
  EXPECT_NEAR(course.slope_per_hour / real_mebibyte, 3600, 100);
  EXPECT_THAT(course.evidence,
              HasSubstr("of what 4 collections found in the heap almost all lived, 31.0 MiB at last"));
}

TEST(HeapCourse, FewCollectionsThatFindGarbageTellNothing) {
  auto input = without_garbage();
  for (auto& point : input.live) point.bytes /= 2;
  EXPECT_EQ(classify(input).shape, Shape::unknown);
  input = without_garbage();
  input.live.back() = {32, 7 * real_mebibyte};  // it came back
  EXPECT_EQ(classify(input).shape, Shape::unknown);
  input = without_garbage();
  for (auto& point : input.anonymous) point.bytes = 40 * real_mebibyte;
  EXPECT_EQ(classify(input).shape, Shape::unknown);
}

TEST(HeapCourse, GoroutinesThatNeverEndAreALeakHoweverLittleTheyTake) {
  auto input = input_of([](double) { return 5; });
  input.goroutines = {{0, 12}, {30, 3012}, {60, 6012}};
  const auto course = classify(input);
  EXPECT_EQ(course.shape, Shape::linear);
  EXPECT_THAT(course.evidence, HasSubstr("goroutines went from 12 over 3012 to 6012"));
  input.goroutines = {{0, 12}, {30, 140}, {60, 140}};  // those of connections
  EXPECT_EQ(classify(input).shape, Shape::sawtooth);
  input.goroutines = {{0, 12}, {30, 900}, {60, 910}};  // a pool that was filled
  EXPECT_EQ(classify(input).shape, Shape::sawtooth);
}

TEST(HeapCourse, AShortRunTellsNothing) {
  auto input = input_of([](double at) { return 20 + 10 * at; });
  input.to = 3;
  EXPECT_EQ(classify(input).shape, Shape::unknown);
  input.live.resize(5);
  input.to = 60;
  EXPECT_EQ(classify(input).shape, Shape::unknown);
  EXPECT_THAT(classify(input).evidence, HasSubstr("5 collections in 60 s"));
  EXPECT_EQ(classify({}).shape, Shape::unknown);
}

}  // namespace
}  // namespace whittle::running
