// A build in parts: which part a machine makes, what it tells the others, and who puts the parts together.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "builder/build.hpp"
#include "builder/shard_board.hpp"
#include "builder/shards.hpp"
#include "builder/spec.hpp"
#include "cli/session.hpp"

namespace CLI {
class App;
}

namespace whittle::cli {

struct ShardFlags {
  std::string shard;  // "2/5"; empty: no part
  std::string join;   // "true" beside a shard, or how many there are; empty: nothing is joined
  std::string run;    // which build the parts belong to; empty: HEAD's commit
  std::string index;  // where the index over all images goes; empty: nowhere

  bool only_joins() const { return !join.empty() && shard.empty(); }
};
void add_shard_flags(CLI::App& command, ShardFlags& flags);

// One build of many machines, as this one takes part in it. Borrows all but the options.
class Fleet {
 public:
  // Error(usage) for flags that do not go together, and where no cache is named that parts could meet in.
  Fleet(const ShardFlags& flags, const builder::Spec& spec,
        const std::optional<builder::SharedCacheOptions>& cache, Session& session);

  // The names of the images that this shard makes; all without one.
  std::vector<std::string> part();
  // Tells the others. Where the cache is only read, that is said and nothing is told.
  void report(const std::vector<builder::BuildResult>& results, const std::vector<std::string>& unaffected);
  // Once all shards have reported: the images of all of them, the index written where it is to go. Nothing,
  // and a note, when this machine made a part itself and is not the last; Error(not_found) that names the
  // shards when it only joins.
  struct Joined {
    std::vector<builder::ReportedImage> images;
    std::vector<std::string> unaffected;
    std::string index;  // PLACE@sha256:…; empty: none was wanted
  };
  std::optional<Joined> join();

 private:
  Digest run() const;

  const ShardFlags& flags_;
  const builder::Spec& spec_;
  Session& session_;
  std::optional<builder::Shard> shard_;
  unsigned count_ = 0;
  bool writes_ = false;
  std::optional<builder::ShardBoard> board_;
  std::vector<std::string> names_;  // of the spec's images
};

}  // namespace whittle::cli
