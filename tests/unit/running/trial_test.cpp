#include "running/trial.hpp"

#include <gmock/gmock.h>

#include "common/error.hpp"

namespace whittle::running {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// Two stages of ten seconds each; in the second the collector takes `busy` ms of CPU each second, of two
// processors.
SmokeResult result_with(double busy) {
  SmokeResult result;
  result.load_from = 1;
  result.load_to = 21;
  LoadResult load;
  for (int i = 0; i < 2; ++i) {
    StageResult stage;
    stage.stage = {100, 10s};
    for (int k = 0; k < 100; ++k) stage.latency.add(i == 0 ? 5ms : 40ms);
    load.stages.push_back(std::move(stage));
  }
  result.load = std::move(load);
  for (int second = 2; second <= 20; ++second) {
    Collection one;
    one.at = second;
    one.cpu = second > 11 ? busy : 10;
    one.live = 30;
    one.heap_before = 50;
    one.processors = 2;
    result.collections.add(one);
  }
  return result;
}

TEST(Trial, IsJudgedByItsWorstStage) {
  const auto trial = trial_of({}, result_with(400), {});
  EXPECT_TRUE(trial.holds());
  EXPECT_NEAR(trial.collector_share, 0.18, 0.021);  // 9 or 10 of ten collections, 400 of 2000 ms each
  EXPECT_NEAR(static_cast<double>(trial.latency->count()), 40e6, 4e6);
  EXPECT_EQ(trial.live, 30U << 20U);
  EXPECT_EQ(trial.heap, 50U << 20U);
}

TEST(Trial, ThrashesWhenTheCollectorTakesMoreThanItsShare) {
  const auto trial = trial_of({}, result_with(900), {});
  EXPECT_EQ(trial.outcome, Outcome::thrashes);
  EXPECT_THAT(trial.why, testing::HasSubstr("more than 25 %"));
  EXPECT_TRUE(trial_of({}, result_with(900), {.collector_share = 0.5}).holds());
}

TEST(Trial, CountsTheCpuTimeThatALimitGives) {
  auto result = result_with(400);
  result.cpu_limit = 0.5;
  EXPECT_EQ(trial_of({}, result, {}).outcome, Outcome::thrashes);
}

TEST(Trial, MissesItsTarget) {
  EXPECT_EQ(trial_of({}, result_with(10), {.target = LatencyTarget::parse("p99=20ms")}).outcome,
            Outcome::over_target);
  EXPECT_TRUE(trial_of({}, result_with(10), {.target = LatencyTarget::parse("p99=100ms")}).holds());
}

TEST(LatencyTargetOfItsOwn, IsThreeTimesWhatIsUnhinderedAndNeverTight) {
  using namespace std::chrono_literals;
  EXPECT_EQ(LatencyTarget::usual(8ms).time, 100ms);
  EXPECT_EQ(LatencyTarget::usual(50'100us).time, 151ms);
  EXPECT_EQ(LatencyTarget::usual(50'100us).written, "p99=151ms");
  EXPECT_FALSE(LatencyTarget::usual(8ms).is_given);
  EXPECT_TRUE(LatencyTarget::parse("p99=8ms").is_given);
}

TEST(Trial, IsKilledBeforeItIsAnythingElse) {
  auto result = result_with(900);
  result.problems = {{Problem::Kind::errors, "errors"}, {Problem::Kind::oom_killed, "killed"}};
  const auto trial = trial_of({}, result, {});
  EXPECT_EQ(trial.outcome, Outcome::oom_killed);
  EXPECT_EQ(trial.why, "killed");
}

TEST(Trial, EstimatesWhatGoDoesNotCount) {
  auto result = result_with(10);
  result.watched.highest.memory = {.total = 200U << 20U, .anonymous = 150U << 20U, .kernel = 3U << 20U};
  const auto outside = trial_of({}, result, {}).outside >> 20U;
  EXPECT_GT(outside, 80U);
  EXPECT_LT(outside, 103U);
}

TEST(LatencyTarget, IsAShareOfTheRequestsAndATime) {
  const auto target = LatencyTarget::parse("p99.9=50ms");
  EXPECT_DOUBLE_EQ(target.quantile, 0.999);
  EXPECT_EQ(target.time, 50ms);
  for (const auto* wrong :
       {"", "p99", "99=5ms", "p=5ms", "p100=5ms", "p0=5ms", "p9x=5ms", "p99=", "p99=soon", "p99==5ms"})
    EXPECT_THROW(LatencyTarget::parse(wrong), Error) << wrong;
}

}  // namespace
}  // namespace whittle::running
