// The seam for compiling on another machine: the compiler decides what is stale and what belongs together,
// and records what comes of it, whoever compiled.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "builder/compile.hpp"
#include "common/sha256.hpp"

namespace whittle::builder {

// Programs that are built together: equal settings, distinct names of executables.
struct ElsewhereGroup {
  std::vector<std::size_t> members;  // which of the requests
  std::map<std::string, Sha256>
      inputs;  // all of their files, as Dependencies has them: portable path → content
};

class Elsewhere {
 public:
  virtual ~Elsewhere() = default;
  static constexpr std::size_t most_members = 16;  // of a group

  // Whether it can be compiled there.
  virtual bool takes(const CompileRequest& request) const = 0;
  // For each group its binaries, in the order of its members; nothing when it has to be compiled here after
  // all. Says why, and throws what would fail here as well: Error(source), Error(policy), Error(conflict),
  // Error(interrupted).
  using Made = std::optional<std::vector<Binary>>;
  virtual std::vector<Made> compile(const std::vector<CompileRequest>& requests,
                                    const std::vector<ElsewhereGroup>& groups) = 0;
};

}  // namespace whittle::builder
