// What processes have in memory, by /proc (proc(5)).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace whittle::running {

// Bytes; sums of all processes, so that RSS counts shared pages more than once and PSS does not.
struct ProcessMemory {
  std::uint64_t anonymous = 0;
  std::uint64_t file = 0;
  std::uint64_t shared = 0;
  std::uint64_t pss = 0;  // 0 where it may not be read
  std::uint64_t rss() const { return anonymous + file + shared; }
};

// Processes that are gone count nothing. `with_pss` walks their page tables, which takes a while for large
// ones.
ProcessMemory memory_of(const std::vector<pid_t>& processes, bool with_pss,
                        const std::filesystem::path& proc = "/proc");

// Page faults of a process so far, minor and major ones.
struct PageFaults {
  std::uint64_t minor = 0;
  std::uint64_t major = 0;
};
PageFaults faults_of(pid_t process, const std::filesystem::path& proc = "/proc");

// Those in the same PID namespace as a process, itself among them.
std::vector<pid_t> processes_beside(pid_t process, const std::filesystem::path& proc = "/proc");

// The name of its program, "" when it is gone.
std::string name_of_process(pid_t process, const std::filesystem::path& proc = "/proc");

}  // namespace whittle::running
