// Tells when the other side of a transfer has stopped taking part in it.
#pragma once

#include <chrono>
#include <cstdint>

namespace whittle::registry {

struct Patience {
  std::chrono::milliseconds first_byte{60'000};  // from the end of the request to the answer's first byte
  std::chrono::milliseconds slow_window{60'000};
  std::uint64_t slow_rate = 1024;  // bytes per second that must pass in a window, either way
};

// Counts the time that was spent waiting against what has moved meanwhile. Time that passes elsewhere, in a
// slow reader of the body for instance, is not the other side's fault and does not count. A value; knows no
// clock.
class Watchdog {
 public:
  explicit Watchdog(const Patience& patience) : patience_(patience) {}

  void moved(std::size_t bytes) {
    moved_ += bytes;
    still_ = {};
  }
  void waited(std::chrono::milliseconds time) {
    still_ += time;
    window_ += time;
  }
  bool no_answer() const { return still_ >= patience_.first_byte; }
  // True at the end of a window in which too little has moved.
  bool too_slow() {
    if (window_ < patience_.slow_window) return false;
    const auto needed =
        patience_.slow_rate * static_cast<std::uint64_t>(patience_.slow_window.count()) / 1000;
    const bool slow = moved_ < needed;
    moved_ = 0;
    window_ = {};
    return slow;
  }

 private:
  Patience patience_;
  std::chrono::milliseconds still_{};
  std::chrono::milliseconds window_{};
  std::uint64_t moved_ = 0;
};

}  // namespace whittle::registry
