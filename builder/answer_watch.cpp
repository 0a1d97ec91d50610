#include "builder/answer_watch.hpp"

namespace whittle::builder {

using Clock = std::chrono::steady_clock;

AnswerWatch::AnswerWatch(std::chrono::milliseconds longest_silence, const std::stop_token& outer)
    : longest_silence_(longest_silence),
      with_outer_(outer, [this] { stop_.request_stop(); }),
      thread_([this](const std::stop_token& end) { run(end); }) {}

AnswerWatch::~AnswerWatch() = default;

AnswerWatch::Question::Question(AnswerWatch& watch) : watch_(watch) {
  const std::lock_guard lock(watch_.mutex_);
  if (watch_.open_++ == 0) watch_.heard_ = Clock::now();
  watch_.changed_.notify_all();
}

AnswerWatch::Question::~Question() {
  const std::lock_guard lock(watch_.mutex_);
  --watch_.open_;
  watch_.heard_ = Clock::now();
}

void AnswerWatch::run(const std::stop_token& end) {
  std::unique_lock lock(mutex_);
  while (!end.stop_requested() && !stop_.stop_requested()) {
    changed_.wait(lock, end, [this] { return open_ > 0; });
    const auto due = heard_ + longest_silence_;
    changed_.wait_until(lock, end, due,
                        [this, due] { return open_ == 0 || heard_ + longest_silence_ > due; });
    if (open_ > 0 && Clock::now() >= heard_ + longest_silence_) stop_.request_stop();
  }
}

}  // namespace whittle::builder
