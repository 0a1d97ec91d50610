#include "running/tune.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace whittle::running {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t mebibyte = 1U << 20U;

// A program that needs `floor` MiB and, unless GOMEMLIMIT holds it down, has `peak` MiB.
struct Model {
  std::uint64_t live = 20;
  std::uint64_t floor = 31;
  std::uint64_t peak = 90;
  std::uint64_t outside = 0;
  bool works = true;
  std::vector<MemorySetting> seen = {};

  Trial operator()(const MemorySetting& setting) {
    seen.push_back(setting);
    Trial trial;
    trial.setting = setting;
    trial.live = live * mebibyte;
    trial.outside = outside * mebibyte;
    trial.peak = (setting.soft_limit ? std::min(peak, *setting.soft_limit / mebibyte) : peak) * mebibyte;
    trial.collector_share = setting.gogc == "off" ? 0.02 : 0.05;
    const auto needs = setting.soft_limit ? floor : peak;
    if (!works)
      trial.outcome = Outcome::failed;
    else if (setting.limit && *setting.limit < needs * mebibyte)
      trial.outcome = Outcome::oom_killed;
    if (!trial.holds()) trial.why = "it was killed";
    return trial;
  }
};

TuneResult tuned(Model& model, const TuneOptions& options = {}) {
  return tune(options,
              [&](const MemorySetting& setting, std::size_t, const TuneGoals&) { return model(setting); });
}

TEST(Tune, FindsTheSmallestLimitThatHoldsWithinTheResolution) {
  for (const std::uint64_t floor : {22U, 31U, 47U, 66U, 89U}) {
    Model model{.floor = floor};
    const auto result = tuned(model);
    ASSERT_TRUE(result.smallest) << floor;
    EXPECT_GE(*result.smallest, floor * mebibyte);
    EXPECT_LE(static_cast<double>(*result.smallest), std::ceil(static_cast<double>(floor) * 1.05) * mebibyte)
        << floor;
    EXPECT_LE(result.trials.size(), 12U);
  }
}

TEST(Tune, GoesBelowWhatSeemedToLive) {
  Model model{.live = 60, .floor = 36};
  const auto result = tuned(model);
  ASSERT_TRUE(result.largest_failed);
  EXPECT_LT(*result.largest_failed, *result.smallest);
  EXPECT_LE(static_cast<double>(*result.smallest), 36 * 1.1 * mebibyte);
}

TEST(Tune, RecommendsItWithTheMarginAndComparesWithTheImageAsItIs) {
  Model model;
  const auto result = tuned(model);
  ASSERT_TRUE(result.recommended);
  const auto& trial = result.trials[*result.recommended];
  EXPECT_TRUE(trial.holds());
  EXPECT_EQ(*trial.setting.limit,
            static_cast<std::uint64_t>(std::ceil(static_cast<double>(*result.smallest) * 1.1 / mebibyte)) *
                mebibyte);
  ASSERT_TRUE(result.as_it_is);
  EXPECT_EQ(result.trials[*result.as_it_is].setting, (MemorySetting{.limit = trial.setting.limit}));
  EXPECT_EQ(result.trials[*result.as_it_is].outcome, Outcome::oom_killed);
}

TEST(Tune, GoesNoHigherThanTheLimitThatIsGiven) {
  Model model{.floor = 62};
  const auto result = tuned(model, {.most_memory = 64 * mebibyte});
  ASSERT_TRUE(result.recommended);
  for (const auto& setting : model.seen) EXPECT_LE(setting.limit.value_or(0), 64 * mebibyte);
  EXPECT_EQ(result.trials[*result.as_it_is].setting.limit, 64 * mebibyte);
}

TEST(Tune, GoesHigherWhereALimitTakesMoreThanNone) {
  Model model{.live = 3, .floor = 13, .peak = 4};
  const auto result = tuned(model);
  ASSERT_TRUE(result.smallest);
  EXPECT_EQ(*result.smallest, 13 * mebibyte);
  EXPECT_TRUE(result.recommended);
}

TEST(Tune, SaysWhenNothingHoldsUnderTheLimitThatIsGiven) {
  Model model{.floor = 70};
  const auto result = tuned(model, {.most_memory = 64 * mebibyte});
  EXPECT_FALSE(result.recommended);
  EXPECT_THAT(result.why_none, HasSubstr("it does not hold under 64 MiB, GOMEMLIMIT=60MiB: it was killed"));
}

TEST(Tune, MakesOneRunOfWhatDoesNotEvenHoldWithoutALimit) {
  Model model{.works = false};
  const auto result = tuned(model);
  EXPECT_EQ(model.seen.size(), 1U);
  EXPECT_FALSE(result.recommended);
  EXPECT_THAT(result.why_none, HasSubstr("without a limit, too"));
}

TEST(Tune, SetsNothingThatTheProgramDoesNotHeed) {
  Model model;
  const auto result = tuned(model, {.knows_soft_limit = false});
  for (const auto& setting : model.seen) {
    EXPECT_FALSE(setting.soft_limit);
    EXPECT_EQ(setting.gogc, "");
  }
  ASSERT_TRUE(result.smallest);
  EXPECT_GE(*result.smallest, 90 * mebibyte);
}

TEST(Tune, TriesWithoutGogcOnlyWhereTheHeapHasRoomAndNeverWithoutASoftLimit) {
  Model roomy{.live = 10, .floor = 40};
  const auto result = tuned(roomy);
  EXPECT_EQ(result.trials[*result.recommended].setting.gogc, "off");
  Model narrow{.live = 28, .floor = 40};
  tuned(narrow);
  for (const auto& setting : narrow.seen) EXPECT_EQ(setting.gogc, "");
  for (const auto& setting : roomy.seen) EXPECT_TRUE(setting.gogc.empty() || setting.soft_limit);
}

TEST(Tune, AddsTheMarginAgainWhenWhatHeldDoesNotHoldTwice) {
  Model model;
  const auto first = tuned(model);
  const auto number = *first.recommended + 1;
  const auto result = tune({}, [&](const MemorySetting& setting, std::size_t run, const TuneGoals&) {
    auto trial = model(setting);
    if (run == number) trial.outcome = Outcome::oom_killed;
    return trial;
  });
  ASSERT_TRUE(result.recommended);
  EXPECT_GT(*result.trials[*result.recommended].setting.limit,
            *first.trials[*first.recommended].setting.limit);
}

TEST(Tune, RunsAgainWhatANeighbourMayHaveSlowedDown) {
  Model model{.floor = 47};
  const auto undisturbed = tuned(model);
  bool disturbed = false;
  const auto result = tune({}, [&](const MemorySetting& setting, std::size_t run, const TuneGoals&) {
    auto trial = model(setting);
    if (!disturbed && run > 2 && trial.holds()) {
      disturbed = true;
      trial.outcome = Outcome::over_target;
    }
    return trial;
  });
  ASSERT_TRUE(disturbed);
  EXPECT_EQ(result.smallest, undisturbed.smallest);
  EXPECT_EQ(result.trials.size(), undisturbed.trials.size() + 1);
}

TEST(Tune, RunsOnceMoreWhereTheCollectorExplainsTheTimeAndTwiceWhereItDoesNot) {
  for (const auto& [share, runs] : {std::pair(0.20, 2U), std::pair(0.05, 3U)}) {
    Model model;
    std::optional<MemorySetting> slow;  // the first one with a limit, however often it is run
    std::size_t count = 0;
    tune({}, [&, share = share](const MemorySetting& setting, std::size_t run, const TuneGoals&) {
      auto trial = model(setting);
      if (run == 2) slow = setting;
      if (slow != setting) return trial;
      ++count;
      trial.outcome = Outcome::over_target;
      trial.collector_share = share;
      return trial;
    });
    EXPECT_EQ(count, runs);
  }
}

TEST(Tune, LeavesTheHeapNoLessThanWhatHeldHoweverSmallTheMargin) {
  for (const double margin : {0.0, 0.02, 0.1, 0.5}) {
    Model model;
    const auto result = tuned(model, {.margin = margin});
    ASSERT_TRUE(result.recommended) << margin;
    const auto& setting = result.trials[*result.recommended].setting;
    EXPECT_GE(*setting.soft_limit, soft_limit_under(*result.smallest, 0, 95)) << margin;
    EXPECT_LT(*setting.soft_limit, *setting.limit);
  }
}

// How each run was judged, when the first takes 50 ms.
std::vector<std::optional<LatencyTarget>> targets_with(const TuneOptions& options) {
  Model model;
  std::vector<std::optional<LatencyTarget>> targets;
  tune(options, [&](const MemorySetting& setting, std::size_t, const TuneGoals& goals) {
    targets.push_back(goals.target);
    auto trial = model(setting);
    trial.latency = std::chrono::milliseconds(50);
    return trial;
  });
  return targets;
}

TEST(Tune, MakesATargetOfTheRunWithoutALimitWhereNoneIsGiven) {
  const auto targets = targets_with({});
  EXPECT_FALSE(targets.front());
  for (std::size_t i = 1; i < targets.size(); ++i)
    EXPECT_EQ(targets[i]->time, std::chrono::milliseconds(150));
  for (const auto& target : targets_with({.goals = {.target = LatencyTarget::parse("p90=7ms")}}))
    EXPECT_EQ(target->time, std::chrono::milliseconds(7));
  for (const auto& target : targets_with({.usual_target = false})) EXPECT_FALSE(target);
}

TEST(Tune, LeavesToWhatGoDoesNotCountItsShare) {
  EXPECT_EQ(soft_limit_under(100 * mebibyte, 0, 90), 90 * mebibyte);
  EXPECT_EQ(soft_limit_under(100 * mebibyte, 5 * mebibyte, 90), 90 * mebibyte);
  EXPECT_EQ(soft_limit_under(100 * mebibyte, 40 * mebibyte, 95), 60 * mebibyte);
  EXPECT_EQ(soft_limit_under(100 * mebibyte, 400 * mebibyte, 90), 25 * mebibyte);
  EXPECT_EQ(soft_limit_under(mebibyte, 0, 90), mebibyte);
}

}  // namespace
}  // namespace whittle::running
