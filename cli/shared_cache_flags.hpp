// Which shared cache a command asks, and whether it may write there: flags, else the spec.
#pragma once

#include <optional>
#include <string>

#include "builder/shared_cache.hpp"
#include "builder/spec.hpp"
#include "cli/session.hpp"
#include "evidence/signer.hpp"

namespace CLI {
class App;
}

namespace whittle::cli {

struct SharedCacheFlags {
  std::string place;  // instead of the spec's; "none": nowhere
  std::string trust;  // a public key, instead of the spec's
  bool write = false;
};

void add_shared_cache_flags(CLI::App& command, SharedCacheFlags& flags);

// Nothing when none is named. That it is written to is for a flag alone: whoever may send a change may change
// the spec. `signer` signs what is written, or is null; it is borrowed. Error(usage) for what is no such
// place and for flags that do not go together.
std::optional<builder::SharedCacheOptions> shared_cache_of(const SharedCacheFlags& flags,
                                                           const builder::Spec& spec,
                                                           evidence::Signer* signer, Session& session);

}  // namespace whittle::cli
