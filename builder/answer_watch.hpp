// Ends questions that nobody answers: asks to stop when there are some and none was answered for a while.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace whittle::builder {

// Thread-safe. Has a thread of its own.
class AnswerWatch {
 public:
  // Stops with `outer`, too.
  AnswerWatch(std::chrono::milliseconds longest_silence, const std::stop_token& outer);
  ~AnswerWatch();
  AnswerWatch(const AnswerWatch&) = delete;
  AnswerWatch& operator=(const AnswerWatch&) = delete;

  // What the questions are to go by.
  std::stop_token token() const { return stop_.get_token(); }
  std::chrono::milliseconds longest_silence() const { return longest_silence_; }

  // Lives as long as a question is open; its end counts as an answer.
  class Question {
   public:
    explicit Question(AnswerWatch& watch);
    ~Question();
    Question(const Question&) = delete;
    Question& operator=(const Question&) = delete;

   private:
    AnswerWatch& watch_;
  };

 private:
  void run(const std::stop_token& end);

  const std::chrono::milliseconds longest_silence_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> with_outer_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  unsigned open_ = 0;                              // guarded by mutex_
  std::chrono::steady_clock::time_point heard_{};  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace whittle::builder
