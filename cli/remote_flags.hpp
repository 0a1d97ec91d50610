// What flags say about remote execution: where, who asks, which workers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "builder/remote_compiler.hpp"
#include "cli/session.hpp"

namespace CLI {
class App;
}

namespace whittle::cli {

// As given, before anything is resolved.
struct RemoteFlags {
  std::string url;                      // empty: programs are compiled here
  std::vector<std::string> headers;     // NAME=VALUE
  std::vector<std::string> properties;  // NAME=VALUE
  std::string authorities;              // files
  std::string certificate;
  std::string key;
  unsigned minutes = 15;
};

void add_remote_flags(CLI::App& command, RemoteFlags& flags);

// Nothing without --remote. Reads the files that are named. Error(usage), Error(not_found).
std::shared_ptr<const builder::RemoteSettings> remote_settings(const RemoteFlags& flags, Session& session);

}  // namespace whittle::cli
