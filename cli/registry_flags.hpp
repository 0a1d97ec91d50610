// What flags and environment say about registries: who asks, and how they are reached.
#pragma once

#include <string>
#include <vector>

#include "builder/host.hpp"
#include "common/limits.hpp"
#include "registry/access.hpp"

namespace CLI {
class App;
}

namespace whittle::cli {

// As given, before anything is resolved.
struct RegistryFlags {
  std::string authfile;
  std::string registries_conf;
  std::vector<std::string> plain_http;
  std::vector<std::string> allow_realm;
  std::vector<std::string> authorities;  // [HOST[:PORT]=]FILE, as the next two
  std::vector<std::string> certificates;
  std::vector<std::string> keys;
};

void add_registry_flags(CLI::App& app, RegistryFlags& flags);

// Reads no file. `docs/registries.md` is about what is decided here.
registry::AccessOptions access_options(const RegistryFlags& flags, const builder::Host& host,
                                       const Limits& limits = {});

}  // namespace whittle::cli
