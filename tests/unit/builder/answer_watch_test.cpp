#include "builder/answer_watch.hpp"

#include <gtest/gtest.h>

namespace whittle::builder {
namespace {

using namespace std::chrono_literals;

void wait_for_stop(const std::stop_token& token) {
  while (!token.stop_requested()) std::this_thread::sleep_for(1ms);
}

TEST(AnswerWatch, EndsAQuestionThatIsNotAnswered) {
  AnswerWatch watch(1ms, {});
  const AnswerWatch::Question question(watch);
  wait_for_stop(watch.token());
}

TEST(AnswerWatch, NobodyIsStoppedWhoAsksNothing) {
  AnswerWatch watch(1ms, {});
  std::this_thread::sleep_for(20ms);
  EXPECT_FALSE(watch.token().stop_requested());
}

TEST(AnswerWatch, AnswersGoOnAsLongAsTheyCome) {
  AnswerWatch watch(1h, {});
  for (int i = 0; i < 100; ++i) const AnswerWatch::Question question(watch);
  EXPECT_FALSE(watch.token().stop_requested());
}

TEST(AnswerWatch, StopsWithWhoeverIsAroundIt) {
  std::stop_source outer;
  AnswerWatch watch(1h, outer.get_token());
  outer.request_stop();
  EXPECT_TRUE(watch.token().stop_requested());
}

}  // namespace
}  // namespace whittle::builder
