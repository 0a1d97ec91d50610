// Circumstances that only the kernel can change, and a process that starts a program under them: a user and a
// host name of its own namespaces, a umask, fewer processors, a shifted clock.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace whittle::optimizer {

// What is not set stays as it is.
struct Circumstances {
  std::optional<std::uint32_t> user = {};  // uid and gid, in a user namespace; whose files those are stays
  std::optional<std::string> host = {};    // its name, in a namespace of its own
  std::optional<unsigned> umask = {};
  std::optional<unsigned> processors = {};       // at most so many
  std::optional<std::int64_t> clock_shift = {};  // seconds (shifted_clock.hpp)

  bool empty() const { return *this == Circumstances(); }
  bool operator==(const Circumstances&) const = default;

  // `argv` started under these by `self`, which hands the arguments behind the word to run_under().
  std::vector<std::string> argv_under(const std::string& self, const std::vector<std::string>& argv) const;
};

// The first argument of a process of ours that is to do nothing but that.
inline constexpr std::string_view run_under_word = "run-under-circumstances";

// Reads what argv_under() wrote, puts the calling process under it, which must have one thread, and becomes
// the program. Returns its exit code only where the clock is shifted, since it is watched then.
// Error(unsupported) naming what this kernel, or whoever runs this, does not allow; Error(usage) for other
// arguments; Error(not_found) for no such program.
int run_under(std::span<const std::string> arguments, char** environment);

}  // namespace whittle::optimizer
