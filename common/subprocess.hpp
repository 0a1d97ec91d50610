// Runs another program: no shell, an exact environment, bounded output, and an end when asked to stop.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace whittle {

struct Command {
  std::vector<std::string> argv;           // argv[0] is the path of the program; PATH is not searched
  std::vector<std::string> environment;    // NAME=VALUE, complete: nothing is inherited
  std::filesystem::path directory;         // where it runs
  std::size_t output_limit = 256U << 20U;  // bytes of stdout; more throws Error(limit)
  std::size_t error_tail = 64U << 10U;     // bytes of stderr that are kept, the last ones
  std::string input = {};                  // what it reads from stdin
  std::optional<std::chrono::milliseconds> time_limit = {};  // then it is ended, and the outcome says so
};

struct Outcome {
  int exit_code = 0;  // -1 when a signal ended it
  int signal = 0;     // 0 when it exited
  bool timed_out = false;
  std::string output;  // stdout, whole
  std::string errors;  // the end of stderr
  bool succeeded() const { return signal == 0 && exit_code == 0 && !timed_out; }
};

// Runs the command in a process group of its own and waits for it. When `stop` asks, or its time is over, the
// group gets SIGTERM, after a second SIGKILL; a stop throws Error(interrupted). What the command leaves
// running in its group is killed. Error(not_found) when there is no such program, Error(io) when it cannot be
// started. Inherits no descriptor of ours and no blocked signal. Safe to call from several threads.
Outcome run(const Command& command, const std::stop_token& stop);

}  // namespace whittle
