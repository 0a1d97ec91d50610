#include "builder/shards.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

// To the nearest lower step of about a quarter: 4, 5, 6, 7, 8, 10, 12, 14, 16, …
std::uint64_t rounded(std::uint64_t cost) {
  std::uint64_t step = 1;
  while (cost / step >= 8) step *= 2;
  return std::max<std::uint64_t>(cost / step * step, 1);
}

std::uint64_t middle_of(const std::vector<std::string>& images, const Costs& costs) {
  std::vector<std::uint64_t> known;
  for (const auto& image : images)
    if (const auto found = costs.find(image); found != costs.end()) known.push_back(rounded(found->second));
  if (known.empty()) return 1;
  std::sort(known.begin(), known.end());
  return known[known.size() / 2];
}

}  // namespace

Shard Shard::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto number = whole_number<unsigned>(text.substr(0, slash));
  const auto behind = slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
  const auto count = whole_number<unsigned>(behind);
  if (!number || !count || *number < 1 || *number > *count || *count > most)
    throw Error(ErrorKind::usage, fmt::format("{} is no shard", shown(std::string(text))))
        .hint(fmt::format("write NUMBER/COUNT, as in 2/3, with at most {} parts", most));
  return {*number, *count};
}

std::string Shard::text() const {
  return fmt::format("{}/{}", number, count);
}

// The dearest first, each to the shard that has the least so far.
std::map<std::string, unsigned> split(const std::vector<std::string>& images, const Costs& costs,
                                      unsigned count) {
  const auto middle = middle_of(images, costs);
  std::vector<std::pair<std::uint64_t, std::string>> sorted;
  for (const auto& image : images) {
    const auto found = costs.find(image);
    sorted.emplace_back(found == costs.end() ? middle : rounded(found->second), image);
  }
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  std::vector<std::uint64_t> loads(count);
  std::map<std::string, unsigned> shards;
  for (const auto& [cost, image] : sorted) {
    const auto least = std::min_element(loads.begin(), loads.end());
    *least += cost;
    shards.emplace(image, static_cast<unsigned>(least - loads.begin()) + 1);
  }
  return shards;
}

}  // namespace whittle::builder
