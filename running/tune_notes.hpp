// What a Go program and the runtime it was linked with make of memory settings by themselves, as far as it
// makes one pointless or harmful.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "binaries/build_info.hpp"
#include "binaries/go_self_tuning.hpp"

namespace whittle::running {

struct TunedProgram {
  std::string path = {};  // in the image
  binaries::BuildInfo info = {};
  binaries::GoSelfTuning tuning = {};

  bool knows_soft_limit()
      const;  // GOMEMLIMIT has an effect: Go 1.19 or later, and the program sets none itself
  bool knows_gogc() const { return !tuning.sets_gc_percent; }
};

// `env` is the image's, NAME=VALUE; `cpus` the limit it is measured under. Sentences for people, escaped.
std::vector<std::string> notes_of(const TunedProgram& program, const std::vector<std::string>& env,
                                  std::optional<double> cpus);

}  // namespace whittle::running
