// Work done by several threads, whose results do not depend on how many there are.
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>

namespace whittle {

// Calls work(0) … work(count - 1) on up to `threads` threads, the caller among them, and returns when all are
// done. Results go into slots indexed by the argument. After the first failure, or when `stop` asks, no
// further call begins; the failure with the lowest index is thrown (Error(interrupted) for a stop).
void parallel_for(std::size_t count, unsigned threads, const std::stop_token& stop,
                  const std::function<void(std::size_t)>& work);

// Throws Error(interrupted) when `stop` asks.
void throw_if_stopped(const std::stop_token& stop);

}  // namespace whittle
