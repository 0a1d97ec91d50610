// What a build is told on the command line, and a build as it is told: what `build` and `resolve` share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "builder/build.hpp"
#include "builder/change_plan.hpp"
#include "builder/spec.hpp"
#include "cli/command_metrics.hpp"
#include "cli/key_flags.hpp"
#include "cli/remote_flags.hpp"
#include "cli/session.hpp"
#include "cli/shard_flags.hpp"
#include "cli/shared_cache_flags.hpp"
#include "cli/wanted_images.hpp"

namespace CLI {
class App;
}

namespace whittle::cli {

struct BuildFlags {
  WantedImages images;
  std::vector<std::string> outputs;
  bool push = false;
  std::vector<std::string> tags;
  std::vector<std::string> platforms;
  std::string profile;
  std::string affected;  // "true", or a revision
  bool plan = false;
  bool some_of_many = false;  // other images of the spec are left out, as --affected or --shard asks for it
  std::string result;
  std::string report;
  std::string summary;
  std::string against;
  bool ignore_limits = false;
  bool smoke = false;
  std::string metrics;
  std::string sbom = "spdx";
  bool no_provenance = false;
  SharedCacheFlags cache;
  ShardFlags shards;
  LockFlags lock;
  KeyFlags key;  // to sign with
  RemoteFlags remote;
};

// Adds the flags that say how images are built and what is attached to them; not which, nor where they go.
void add_build_settings(CLI::App& command, BuildFlags& flags);

// What of the images of `spec` would be made anew: since `revision`, or since what is recorded.
std::vector<builder::PlannedImage> plan_as_told(const builder::Spec& spec, const BuildFlags& flags,
                                                const std::optional<std::string>& revision, Session& session);

// Builds the images of `spec`, checks their limits, runs them if that is asked for, delivers and signs them.
// How long which part took goes into `phases`. Throws Error as its parts do.
std::vector<builder::BuildResult> build_as_told(const builder::Spec& spec, const BuildFlags& flags,
                                                Phases& phases, Session& session);

}  // namespace whittle::cli
