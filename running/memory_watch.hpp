// Looks at the memory of a container again and again while it runs.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "running/control_group.hpp"
#include "running/process_memory.hpp"

namespace whittle::running {

struct MemorySample {
  double at = 0;  // seconds since the watch began
  MemoryByKind memory = {};
  std::uint64_t rss = 0;
  std::uint64_t pss = 0;  // of the last time it was read
};

struct Watched {
  // At most 1200; with more, of two neighbours the one with more memory stays.
  std::vector<MemorySample> samples = {};
  MemorySample highest = {};               // of the samples
  std::optional<std::uint64_t> peak = {};  // as the kernel counted it
  Counters counters = {};
  bool by_group =
      false;  // else by /proc alone: processes, no kernel memory, no page cache that is not mapped
  std::map<pid_t, std::string> processes = {};  // seen, the last thousand
  std::uint64_t most_processes = 0;
};

// Reads on a thread of its own. Methods may be called from any thread.
class MemoryWatch {
 public:
  // Counts the group when that is the container's own, else its processes.
  MemoryWatch(ControlGroup group, bool own_group, pid_t process);
  ~MemoryWatch();
  MemoryWatch(const MemoryWatch&) = delete;
  MemoryWatch& operator=(const MemoryWatch&) = delete;

  double now() const;  // seconds since it began
  // Ends it, with a last look at what the kernel has counted.
  Watched finish();

 private:
  void work();
  void look(bool with_pss);
  void add(const MemorySample& sample);

  ControlGroup group_;
  bool own_group_;
  pid_t process_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  Watched watched_;
  double spacing_ = 0.05;  // seconds between kept samples
  std::uint64_t last_pss_ = 0;
  std::thread thread_;  // the last member: it uses the others
};

}  // namespace whittle::running
