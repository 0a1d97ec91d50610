// The OCI runtime of this machine that starts containers: runc, crun or youki. Never a daemon.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "running/mount_namespace.hpp"

namespace whittle::running {

struct Runtime {
  std::string name;
  std::filesystem::path program;
  std::string version;                                // as it says itself
  std::shared_ptr<const MountNamespace> mounts = {};  // that it is started in; none: the caller's

  // Runs a command of it, with its state in a folder. Error(io) with the last of what it said.
  void command(const std::filesystem::path& state, const std::vector<std::string>& arguments,
               const std::stop_token& stop) const;
  // Does what starts it, in its mounts.
  void within_mounts(const std::function<void()>& start) const;
  std::vector<std::string> arguments(const std::filesystem::path& state, const std::filesystem::path& log,
                                     const std::vector<std::string>& command) const;
};

// The environment that runtimes are started with.
std::vector<std::string> runtime_environment();

// By name or path what `wanted` says, else the first of runc, crun and youki that there is. `find` gives the
// path of a program, or "". Error(not_found) when there is none.
std::filesystem::path find_runtime(const std::string& wanted,
                                   const std::function<std::filesystem::path(std::string_view)>& find);
// Asks a program which runtime it is. Error(unsupported) for what is none, or older than runc 1.0, crun 1.0,
// youki 0.3. crun takes no machine with control groups of both versions: for root it gets mounts without
// version 2.
Runtime identify_runtime(const std::filesystem::path& program, const std::stop_token& stop);

}  // namespace whittle::running
