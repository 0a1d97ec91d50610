// What a Go program says of each of its collections when GODEBUG has gctrace=1 (Go's package runtime,
// "Environment Variables"), as Go 1.18 and later write it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace whittle::running {

struct Collection {
  std::uint64_t number = 0;
  double at = 0;               // seconds since the program started
  double collector_share = 0;  // of the CPU time since then, 0 to 1
  // Milliseconds of wall clock: the world stopped to begin, marking while the program runs, stopped again to
  // end.
  double pause_before = 0;
  double marking = 0;
  double pause_after = 0;
  // Milliseconds of CPU; `assist` is what programs' own goroutines did because they allocated faster.
  double cpu = 0;
  double assist = 0;
  // MiB, which Go rounds down.
  std::uint64_t heap_before = 0;
  std::uint64_t heap_after = 0;
  std::uint64_t live = 0;
  std::uint64_t goal = 0;
  std::uint64_t stacks = 0;
  std::uint64_t globals = 0;
  unsigned processors = 0;
  bool forced = false;  // by runtime.GC() or after two minutes without

  bool operator==(const Collection&) const = default;
};

// Nothing for a line that is none, or is cut or mixed with another.
std::optional<Collection> parse_collection(std::string_view line);

}  // namespace whittle::running
