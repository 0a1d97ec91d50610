// `memory` of the spec: what the container will be given, and how much of that Go's runtime takes for itself;
// and `smoke`, how it is run before it is delivered.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "builder/position.hpp"

namespace whittle::builder {

struct MemorySpec {
  static constexpr unsigned usual_share = 90;

  std::uint64_t limit = 0;       // bytes, of the container
  unsigned share = usual_share;  // percent of it: GOMEMLIMIT
  std::string written = {};      // "256MiB"
  bool is_mapping = false;       // written as {limit: …, share: …}
  Position where = {};
};

// Texts as the flags of `whittle smoke` have them; what runs them checks them.
struct SmokeSpec {
  std::string ready = {};
  std::string load = {};
  std::string stages = {};
  std::string duration = {};
  std::vector<std::pair<std::string, std::string>> env = {};
  Position where = {};
};

// That share of a limit, in whole MiB where there are some; at least 1 KiB.
std::uint64_t soft_limit(std::uint64_t limit, unsigned share);
// As GOMEMLIMIT has it (Go's package runtime, "Environment Variables"): "230MiB", "512KiB", "1000B".
std::string go_size(std::uint64_t bytes);

}  // namespace whittle::builder
