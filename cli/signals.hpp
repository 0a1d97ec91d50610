// Turns SIGINT and SIGTERM into a request to stop; a second one ends the process at once.
#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

namespace whittle::cli {

// Created first thing in main, before any other thread: it blocks the signals for all threads that follow.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  std::stop_token token() const { return stop_.get_token(); }
  int received() const { return received_; }  // 0 when none came

 private:
  void wait();
  std::stop_source stop_;
  std::atomic<int> received_ = 0;
  std::atomic<bool> done_ = false;
  std::thread waiter_;
};

}  // namespace whittle::cli
