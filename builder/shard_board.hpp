// Where the shards of a build tell one another what they have built: the repository of the shared cache,
// under a tag for each shard (docs/fleet.md).
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "builder/shard_report.hpp"
#include "builder/shared_place.hpp"
#include "common/report.hpp"
#include "registry/access.hpp"

namespace whittle::builder {

// Borrows the access, the reporter and the signer; one thread. Other than a cache it is needed: what cannot
// be reached or written is an Error of the registry's.
class ShardBoard {
 public:
  ShardBoard(SharedCacheOptions options, registry::Access& access, Reporter& reporter, std::stop_token stop);

  // Nothing when the shard has not reported; a report that is not to be used is told, and is as none.
  std::optional<ShardReport> report_of(const Digest& run, unsigned number);
  // Puts a shard's own report there, with what an earlier run of the shard has built.
  void put(ShardReport report);

  // What images cost when they were last joined; none when that is not known.
  Costs costs();
  // Those of other images stay.
  void put_costs(const Costs& costs);

 private:
  std::optional<std::string> text_under(const std::string& tag, std::string_view type,
                                        const std::string& what);
  void put_text_under(const std::string& tag, std::string_view type, const std::string& text);

  SharedCacheOptions options_;
  registry::Access& access_;
  Reporter& reporter_;
  std::stop_token stop_;
};

}  // namespace whittle::builder
