// What decides how a Go program gets on in a container with little memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace whittle::running {

struct MemorySetting {
  std::optional<std::uint64_t> limit = {};       // bytes, of the container; nothing: none
  std::optional<std::uint64_t> soft_limit = {};  // bytes, GOMEMLIMIT; nothing: what the image has
  std::string gogc = {};                         // GOGC: "off", "100"; "": what the image has

  // NAME=VALUE of what is set.
  std::vector<std::string> env() const;
  // "48 MiB, GOMEMLIMIT=43MiB, GOGC=off", "no limit, as the image is".
  std::string text() const;
  bool operator==(const MemorySetting&) const = default;
};

}  // namespace whittle::running
