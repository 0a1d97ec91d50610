// What the kernel counts of a container: its control group, of version 1, 2 or both at once (the kernel's
// admin-guide, cgroup-v1/memory.rst and cgroup-v2.rst).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::running {

// Bytes now. What a kernel does not tell is 0.
struct MemoryByKind {
  std::uint64_t total = 0;      // as its limit counts
  std::uint64_t anonymous = 0;  // heaps and stacks
  std::uint64_t file = 0;       // the page cache of files, without tmpfs
  std::uint64_t shared = 0;     // tmpfs and shared memory
  std::uint64_t kernel = 0;
  std::uint64_t socket = 0;
};

struct Counters {
  std::uint64_t page_faults = 0;
  std::uint64_t major_faults = 0;  // those that waited for a disk
  std::uint64_t oom_kills = 0;
  std::uint64_t process_limit_hits = 0;  // how often a process or thread was refused
  std::uint64_t cpu_microseconds = 0;
  std::uint64_t periods = 0;    // of a CPU limit
  std::uint64_t throttled = 0;  // those of them in which it was used up
  std::uint64_t throttled_microseconds = 0;
};

// Where a process is counted. Immutable; every method reads the kernel's files anew, and what cannot be read
// counts as not told.
class ControlGroup {
 public:
  // Of a process, by `proc`/PID/cgroup and `proc`/self/mountinfo.
  static ControlGroup of(pid_t process, const std::filesystem::path& proc = "/proc");

  unsigned memory_version() const { return memory_.version; }  // 0: memory is not counted
  MemoryByKind memory() const;
  // The most that it had since it was made; nothing where the kernel does not tell (version 2 before
  // Linux 5.19).
  std::optional<std::uint64_t> peak() const;
  std::optional<std::uint64_t> memory_limit() const;
  Counters counters() const;
  std::vector<pid_t> processes() const;
  // Why no group below it could be made and limited by whoever asks, for people; nothing when one could.
  std::optional<std::string> why_no_limit() const;

  std::set<std::filesystem::path> folders() const;
  // Whether the last component of its path has this text: it is no group that others use as well.
  bool is_named(std::string_view text) const;

 private:
  struct Controller {
    unsigned version = 0;
    std::filesystem::path folder;
  };
  Controller memory_, cpu_, cpu_time_, pids_;
};

// Where version 2 is mounted beside version 1, as systemd calls it "hybrid"; nothing where there is one
// version.
std::optional<std::filesystem::path> second_hierarchy(const std::filesystem::path& proc = "/proc");

}  // namespace whittle::running
