#include "comparison/layer_alignment.hpp"

#include <algorithm>
#include <cstdint>

namespace whittle::comparison {
namespace {

constexpr std::size_t most_aligned = 1'000;

bool alike(const LayerIdentity& a, const LayerIdentity& b) {
  return a.digest == b.digest || (!a.diff_id.empty() && a.diff_id == b.diff_id);
}

using Anchors = std::vector<std::pair<std::size_t, std::size_t>>;

// A longest common subsequence of a[from_a, to_a) and b[from_b, to_b).
Anchors common(const std::vector<LayerIdentity>& a, const std::vector<LayerIdentity>& b, std::size_t from,
               std::size_t to_a, std::size_t to_b) {
  const auto rows = to_a - from;
  const auto columns = to_b - from;
  Anchors anchors;
  if (rows > most_aligned || columns > most_aligned) return anchors;
  std::vector<std::vector<std::uint16_t>> length(rows + 1, std::vector<std::uint16_t>(columns + 1, 0));
  for (std::size_t i = rows; i-- > 0;)
    for (std::size_t j = columns; j-- > 0;)
      length[i][j] = alike(a[from + i], b[from + j]) ? static_cast<std::uint16_t>(length[i + 1][j + 1] + 1)
                                                     : std::max(length[i + 1][j], length[i][j + 1]);
  for (std::size_t i = 0, j = 0; i < rows && j < columns;) {
    if (alike(a[from + i], b[from + j]))
      anchors.emplace_back(from + i++, from + j++);
    else if (length[i + 1][j] >= length[i][j + 1])
      ++i;
    else
      ++j;
  }
  return anchors;
}

}  // namespace

std::vector<LayerPair> align_layers(const std::vector<LayerIdentity>& a,
                                    const std::vector<LayerIdentity>& b) {
  const auto shorter = std::min(a.size(), b.size());
  std::size_t start = 0;
  while (start < shorter && alike(a[start], b[start])) ++start;
  std::size_t end = 0;
  while (end < shorter - start && alike(a[a.size() - 1 - end], b[b.size() - 1 - end])) ++end;

  Anchors anchors;
  for (std::size_t i = 0; i < start; ++i) anchors.emplace_back(i, i);
  for (const auto& anchor : common(a, b, start, a.size() - end, b.size() - end)) anchors.push_back(anchor);
  for (std::size_t i = end; i > 0; --i) anchors.emplace_back(a.size() - i, b.size() - i);
  anchors.emplace_back(a.size(), b.size());

  std::vector<LayerPair> pairs;
  std::size_t i = 0;
  std::size_t j = 0;
  for (const auto& [at_a, at_b] : anchors) {
    while (i < at_a && j < at_b) pairs.push_back({i++, j++, false});
    while (i < at_a) pairs.push_back({i++, std::nullopt, false});
    while (j < at_b) pairs.push_back({std::nullopt, j++, false});
    if (i < a.size() && j < b.size()) pairs.push_back({i, j, a[i].digest == b[j].digest});
    ++i;
    ++j;
  }
  return pairs;
}

}  // namespace whittle::comparison
