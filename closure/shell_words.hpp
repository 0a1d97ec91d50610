// What a shell script names: commands, scripts that it reads, paths. Unlike builder/shell_reader it follows
// every branch at once and refuses nothing: what it cannot tell it leaves out.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace whittle::closure {

struct ShellWords {
  std::set<std::string, std::less<>> commands =
      {};  // in the place of a command, or behind one that runs others
  std::set<std::string, std::less<>> sources = {};  // behind `.` and `source`
  std::set<std::string, std::less<>> paths = {};    // absolute, anywhere else
  bool computes_commands = false;                   // a command that a variable names, "$@" apart
};

inline constexpr std::size_t most_shell_words = 10'000;  // of each kind

ShellWords read_shell_words(std::string_view script);

// Whether the shell does that itself, without a file.
bool is_shell_builtin(std::string_view command);
// Whether a command of that name runs what its arguments name: env, exec, tini, xargs, …
bool runs_its_arguments(std::string_view command);

}  // namespace whittle::closure
