// What an action of remote execution made, in its own words: `out/report.json`. Foreign bytes to whoever
// asked for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "binaries/build_info.hpp"
#include "common/digest.hpp"
#include "common/error.hpp"
#include "layers/layer_writer.hpp"

namespace whittle::builder {

struct RemoteReport {
  struct Program {
    Digest digest;
    std::uint64_t size = 0;                        // bytes
    std::optional<binaries::BuildInfo> info = {};  // what it records of itself
    std::string own_memory_limit = {};             // own_memory_limit_of()
  };
  std::vector<Program> programs = {};      // as the job has them
  std::vector<layers::Layer> layers = {};  // the same
  std::optional<Error> failure = {};       // what the build ended with; then there is nothing else
};

inline constexpr std::size_t largest_report = 16U << 20U;  // bytes

std::string to_text(const RemoteReport& report);
// Error(integrity) for anything else than to_text() gives.
RemoteReport parse_remote_report(std::string_view text);

}  // namespace whittle::builder
