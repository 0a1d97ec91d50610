// The flags of commands that run an image: what it is sent, what it may use, how long.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "running/smoke.hpp"

namespace CLI {
class App;
}

namespace whittle::cli {

class Session;

struct RunFlags {
  std::string place;
  std::string platform;
  double cpus = 0;
  std::string ready;
  std::string ready_timeout = "30s";
  std::string load;
  std::string stages;
  std::string grace = "10s";
  std::string runtime;
  std::vector<std::string> env;
  std::uint64_t processes = 512;
  std::string scratch = "64MiB";
  std::size_t connections = 128;
};

void add_run_flags(CLI::App& command, RunFlags& flags);

// What every run on this machine has, whatever is run.
running::SmokeOptions run_options(Session& session);
// The same with what the flags say, the load's stages being `--stages`, or 50/s for as long as `duration` (0:
// 10 s). Error(usage).
running::SmokeOptions run_options(const RunFlags& flags, std::chrono::milliseconds duration,
                                  Session& session);

}  // namespace whittle::cli
