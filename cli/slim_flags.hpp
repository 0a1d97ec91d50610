// What `slim` is told of what an image is to become: by its flags, or by the record of an earlier run.
#pragma once

#include <string>
#include <vector>

#include "cli/session.hpp"
#include "evidence/slim_record.hpp"
#include "registry/place.hpp"
#include "slimming/slim.hpp"

namespace CLI {
class App;
}

namespace whittle::cli {

struct SlimFlags {
  std::vector<std::string> platforms;
  std::vector<std::string> without;
  std::vector<std::string> keep;
  std::string keep_layers = "auto";
  std::string closure;  // "", "true", "strict"
  bool recompress = false;
  std::string compression;
  std::string level;
};

void add_slim_flags(CLI::App& command, SlimFlags& flags);

// Error(usage) for what does not go together or means nothing.
slimming::SlimOptions slim_options_of(const SlimFlags& flags, const registry::Place& from, Session& session);

// The flags that were given, as SlimRecord::options has them, and back. Error(unverified) for a record whose
// options no flags could have given.
std::map<std::string, std::vector<std::string>> recorded_options(const SlimFlags& flags);
SlimFlags flags_of(const evidence::SlimRecord& record);

}  // namespace whittle::cli
