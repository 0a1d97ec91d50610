// Sends requests at the times that a plan says, whether or not the answers to earlier ones have come (open
// loop), and measures each from the time at which it was due: what a stall makes wait is counted, all of it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "running/latency_histogram.hpp"
#include "running/load_plan.hpp"
#include "running/network_door.hpp"

namespace whittle::running {

struct StageResult {
  Stage stage;
  std::uint64_t planned = 0;
  std::uint64_t answered = 0;      // with any status
  std::uint64_t refused = 0;       // of those, with 4xx
  std::uint64_t failed = 0;        // of those, with 5xx
  std::uint64_t disconnected = 0;  // no connection, or one that ended or made no sense
  std::uint64_t timed_out = 0;
  std::uint64_t unsent = 0;  // still waiting for a free connection when the stages were over
  LatencyHistogram latency;  // of all but the disconnected: those without an answer by how long they waited

  std::uint64_t without_success() const { return refused + failed + disconnected + timed_out + unsent; }
};

// A stretch of time, for charts.
struct LatencyPoint {
  double at = 0;    // seconds since the load began
  double span = 0;  // seconds
  std::uint64_t answered = 0;
  std::chrono::nanoseconds median{0};
  std::chrono::nanoseconds p99{0};
};

struct LoadResult {
  std::vector<StageResult> stages;
  std::vector<LatencyPoint> course;  // at most 600
  bool complete = false;             // not stopped before its end
};

struct LoadOptions {
  std::size_t connections = 128;
  std::chrono::milliseconds timeout{10'000};  // of a request, once it is sent
  std::stop_token stop = {};
};

// Runs the plan to its end, and then waits for answers on their way. One thread, whose memory does not depend
// on how many requests there are. Borrows the door. Error(io).
LoadResult run_load(const LoadPlan& plan, NetworkDoor& door, const LoadOptions& options);

}  // namespace whittle::running
