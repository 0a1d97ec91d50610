// The images of a spec in parts that are built on several machines: the same parts on each of them, about
// equal in what they cost.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::builder {

struct Shard {
  unsigned number = 1;  // from 1 to `count`
  unsigned count = 1;

  static constexpr unsigned most = 1000;
  // "2/5". Error(usage) for what is no such text.
  static Shard parse(std::string_view text);
  std::string text() const;
};

// What images cost, by name, in any unit: bytes of their programs, which linking, compressing and sending
// take time in proportion to.
using Costs = std::map<std::string, std::uint64_t, std::less<>>;

// The number of the shard (from 1) that builds each image. Depends on names, costs and `count` alone, and on
// costs only as far as they differ by a quarter, so that a build that grew by some bytes changes nothing. One
// whose cost is not known counts as the middle one.
std::map<std::string, unsigned> split(const std::vector<std::string>& images, const Costs& costs,
                                      unsigned count);

}  // namespace whittle::builder
