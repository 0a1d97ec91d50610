// Runs an image under a limit and load, and says what it needs and whether it lives.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/limits.hpp"
#include "common/report.hpp"
#include "layers/config.hpp"
#include "layers/manifest.hpp"
#include "registry/image_io.hpp"
#include "running/container.hpp"
#include "running/gc_history.hpp"
#include "running/heap_course.hpp"
#include "running/load_generator.hpp"
#include "running/memory_watch.hpp"
#include "running/profile_fetch.hpp"
#include "running/unpack.hpp"

namespace whittle::running {

struct SmokeOptions {
  std::optional<std::uint64_t> memory = {};  // bytes
  std::optional<double> cpus = {};
  std::uint64_t processes = 512;
  std::uint64_t scratch = 64U << 20U;  // bytes, of each folder that can be written to
  std::vector<std::string> env = {};   // NAME=VALUE on top of the image's
  std::optional<LocalUrl> ready = {};
  std::chrono::milliseconds ready_timeout{30'000};
  std::optional<LoadPlan> load = {};
  std::optional<LocalUrl> pprof = {};       // of a profile of the heap
  std::chrono::milliseconds duration{0};    // of the run once ready; at least as long as the stages
  std::chrono::milliseconds grace{10'000};  // from the stop signal to SIGKILL
  std::size_t connections = 128;
  std::filesystem::path folder =
      {};                         // for what a run needs, and what killed ones left; made when it is absent
  layers::Platform machine = {};  // this one
  std::string runtime = {};       // name or path; "" chooses
  std::function<std::filesystem::path(std::string_view)> find = {};  // a program of PATH
  Limits limits = {};
  std::stop_token stop = {};
};

// Why a run counts as failed.
struct Problem {
  enum class Kind { oom_killed, ended, not_ready, errors, slow_stop };
  Kind kind = Kind::ended;
  std::string text = {};  // for people, escaped
};
std::string_view name_of(Problem::Kind kind);

struct SmokeResult {
  std::string runtime = {};  // "runc 1.1.5"
  bool limited = false;
  std::string why_not_limited = {};
  std::optional<std::uint64_t> memory_limit = {};  // that was set
  std::optional<double> cpu_limit = {};
  bool as_root_of_caller = false;  // an ordinary caller's container, not the image's user
  std::string why_own_users = {};  // why the container's users are this machine's; "" when they are not
  std::optional<double> ready_after = {};  // seconds since the start
  double seconds = 0;                      // from the start to the end
  double load_from = 0;                    // seconds since the start
  double load_to = 0;
  std::optional<LoadResult> load = {};
  Watched watched = {};
  MemorySample steady = {};  // the median of the second half of the load
  GcHistory collections = {};
  HeapCourse course = {};
  std::vector<HeapMoment> heaps =
      {};  // at the beginning, in the middle and at the end of the load, if asked for
  std::string why_no_profile = {};
  std::optional<Ending> ending = {};
  int stop_signal = 0;                       // that was sent; 0 when the program had ended before
  std::optional<double> stopped_after = {};  // seconds since then; nothing when it had to be killed
  std::string output_tail = {};              // raw
  std::string errors_tail = {};
  std::uint64_t output_bytes = 0;
  std::vector<Problem> problems = {};
  UnpackedRoot root = {};  // what of the image could not be made
};

// In order: the runtime, what killed runs left, the root, the container, readiness, load, the stop, what was
// measured. Whatever happens, nothing of it is left when this returns. Error(unsupported) for an image of
// another architecture or without a program, and where it cannot be confined: nothing is ever run otherwise
// (hostile 266).
SmokeResult smoke(registry::ImageSource& source, const layers::Manifest& manifest,
                  const layers::ImageConfig& config, const SmokeOptions& options, Reporter& reporter);

}  // namespace whittle::running
