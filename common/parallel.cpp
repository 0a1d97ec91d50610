#include "common/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "common/error.hpp"

namespace whittle {

void throw_if_stopped(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(ErrorKind::interrupted, "interrupted");
}

void parallel_for(std::size_t count, unsigned threads, const std::stop_token& stop,
                  const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
  std::mutex mutex;
  std::size_t failed_index = count;
  std::exception_ptr failure;
  const auto loop = [&] {
    // Whoever has taken an index runs it: so every lower one than a failure's has run, and the lowest failure
    // does not depend on timing.
    while (!failed && !stop.stop_requested()) {
      const std::size_t index = next.fetch_add(1);
      if (index >= count) return;
      try {
        work(index);
      } catch (...) {
        const std::lock_guard lock(mutex);
        failed = true;
        if (index < failed_index) {
          failed_index = index;
          failure = std::current_exception();
        }
      }
    }
  };
  std::vector<std::jthread> helpers;
  const auto wanted = std::min<std::size_t>(std::max(threads, 1U), count);
  for (std::size_t i = 1; i < wanted; ++i) {
    try {
      helpers.emplace_back(loop);
    } catch (const std::system_error&) {
      break;  // fewer threads are allowed here; the work is the same
    }
  }
  loop();
  helpers.clear();  // joins
  if (failure) std::rethrow_exception(failure);
  throw_if_stopped(stop);
}

}  // namespace whittle
