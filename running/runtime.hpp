// The OCI runtime of this machine that starts containers: runc, crun or youki. Never a daemon.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::running {

struct Runtime {
  std::string name;
  std::filesystem::path program;
  std::string version;  // as it says itself

  // Runs a command of it, with its state in a folder. Error(io) with the last of what it said.
  void command(const std::filesystem::path& state, const std::vector<std::string>& arguments,
               const std::stop_token& stop) const;
  std::vector<std::string> arguments(const std::filesystem::path& state, const std::filesystem::path& log,
                                     const std::vector<std::string>& command) const;
};

// The environment that runtimes are started with.
std::vector<std::string> runtime_environment();

// By name or path what `wanted` says, else the first there is. `find` gives the path of a program, or "".
// Error(not_found) when there is none, Error(unsupported) for a version before runc 1.0, crun 1.0, youki 0.3.
Runtime choose_runtime(const std::string& wanted,
                       const std::function<std::filesystem::path(std::string_view)>& find,
                       const std::stop_token& stop);

}  // namespace whittle::running
