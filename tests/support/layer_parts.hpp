// A compressed layer in memory, and the members or frames that it consists of: what the second opinions on
// layers whose files can be read alone share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.hpp"

namespace whittle::test {

inline constexpr std::size_t largest_layer = 1U << 30U;  // bytes

struct LayerPart {
  std::uint64_t offset = 0;   // in the layer
  std::uint64_t size = 0;     // there
  std::uint64_t content = 0;  // bytes that it becomes
  std::map<std::string, std::string> header = {};
  bool skippable = false;
};

std::string bytes_of(const OpenSource& open);
// The last bytes of it, or all there are.
std::string end_of(const OpenSource& open, std::size_t size);
// What some of it becomes.
std::string content_of(std::string_view compressed);
std::vector<LayerPart> parts_of(const std::string& layer);

}  // namespace whittle::test
