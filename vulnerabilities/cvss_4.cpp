// CVSS 4.0: no formula, but a table of sets of vectors that experts found equally bad ("MacroVectors"), and
// in each set a vector counts for less the further it is from the worst of the set (CVSS 4.0 specification,
// section 8).
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <span>

#include "vulnerabilities/cvss_vector.hpp"

namespace whittle::vulnerabilities {
namespace {

// How many steps each base metric is from its worst value.
struct Steps {
  int attack_vector, complexity, requirements, privileges, interaction;  // AV AC AT PR UI
  int confidentiality, integrity, availability;                          // VC VI VA
  int later_confidentiality, later_integrity, later_availability;        // SC SI SA
};

// "worst first": the step of a metric is its value's place in the list.
class StepReader {
 public:
  explicit StepReader(const CvssMetrics& metrics) : metrics_(metrics) {}
  int operator()(std::string_view metric, std::string_view values) {
    const auto found = metrics_.find(metric);
    const bool is_letter = found != metrics_.end() && found->second.size() == 1;
    const auto at = is_letter ? values.find(found->second) : std::string_view::npos;
    if (at == std::string_view::npos) {
      valid_ = false;
      return 0;
    }
    return static_cast<int>(at);
  }
  bool valid() const { return valid_; }

 private:
  const CvssMetrics& metrics_;
  bool valid_ = true;
};

std::optional<Steps> steps_of(const CvssMetrics& metrics) {
  StepReader step(metrics);
  const Steps steps{step("AV", "NALP"), step("AC", "LH"),  step("AT", "NP"),  step("PR", "NLH"),
                    step("UI", "NPA"),  step("VC", "HLN"), step("VI", "HLN"), step("VA", "HLN"),
                    step("SC", "HLN"),  step("SI", "HLN"), step("SA", "HLN")};
  return step.valid() ? std::optional(steps) : std::nullopt;
}

// The worst vectors of each level of an equivalence set, in steps.
template <std::size_t N>
using Worst = std::array<int, N>;

// Steps from the first of the worst vectors that is nowhere better than this one.
template <std::size_t N>
int distance(const Worst<N>& steps, std::span<const Worst<N>> worst) {
  for (const auto& one : worst) {
    int sum = 0;
    bool is_at_least_as_bad = true;
    for (std::size_t i = 0; i < N; ++i) {
      is_at_least_as_bad = is_at_least_as_bad && one[i] <= steps[i];
      sum += steps[i] - one[i];
    }
    if (is_at_least_as_bad) return sum;
  }
  return 0;
}
template <std::size_t N>
int distance(const Worst<N>& steps, std::initializer_list<Worst<N>> worst) {
  return distance(steps, std::span<const Worst<N>>(worst.begin(), worst.size()));
}

// Sections 8.2 and 8.3: which set of each kind a vector is in, how far from its worst, and how many steps the
// set is deep. Of base metrics alone EQ5 is always 0 and EQ6 follows from EQ3.
struct Place {
  std::size_t level = 0;
  int distance = 0;
  int depth = 1;
};

Place exploitability(const Steps& steps) {
  const Worst<3> own = {steps.attack_vector, steps.privileges, steps.interaction};
  const auto none = std::count(own.begin(), own.end(), 0);
  constexpr int physical = 3;
  if (none == 3) return {0, 0, 1};
  if (none > 0 && steps.attack_vector != physical)
    return {1, distance(own, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}), 4};
  return {2, distance(own, {{3, 0, 0}, {1, 1, 1}}), 5};
}

Place complexity(const Steps& steps) {
  const Worst<2> own = {steps.complexity, steps.requirements};
  if (own == Worst<2>{0, 0}) return {0, 0, 1};
  return {1, distance(own, {{1, 0}, {0, 1}}), 2};
}

// EQ3 and EQ6 together; levels are 00, 01, 10, 11, 21.
constexpr std::size_t level_00 = 0;
constexpr std::size_t level_01 = 1;
constexpr std::size_t level_10 = 2;
constexpr std::size_t level_11 = 3;
constexpr std::size_t level_21 = 4;
Place impact(const Steps& steps) {
  const Worst<3> own = {steps.confidentiality, steps.integrity, steps.availability};
  if (own[0] == 0 && own[1] == 0) return {level_00, own[2], 7};
  if (std::count(own.begin(), own.end(), 0) > 0) return {level_10, distance(own, {{1, 0, 0}, {0, 1, 0}}), 8};
  return {level_21, distance(own, {{1, 1, 1}}), 10};
}

// Levels are 1 and 2: the worst, 0, is that of safety, which only environmental metrics speak of.
Place later_impact(const Steps& steps) {
  const Worst<3> own = {steps.later_confidentiality, steps.later_integrity, steps.later_availability};
  if (std::count(own.begin(), own.end(), 0) > 0) return {0, distance(own, {{0, 0, 0}}), 5};
  return {1, distance(own, {{1, 1, 1}}), 4};
}

// The part of the specification's table that vectors of base metrics and their neighbours are in, in tenths:
// by EQ1, EQ2, EQ3 with EQ6, EQ4.
using ByLater = std::array<int, 2>;
using ByImpact = std::array<ByLater, 5>;
constexpr std::array<std::array<ByImpact, 2>, 3> scores = {{
    {{{{{100, 93}, {96, 90}, {93, 88}, {92, 80}, {79, 69}}},
      {{{95, 92}, {91, 81}, {92, 84}, {82, 70}, {71, 63}}}}},
    {{{{{94, 87}, {89, 75}, {86, 72}, {76, 57}, {65, 53}}},
      {{{90, 77}, {77, 66}, {74, 61}, {59, 52}, {58, 23}}}}},
    {{{{{86, 70}, {74, 54}, {72, 53}, {57, 36}, {47, 24}}},
      {{{73, 54}, {55, 43}, {61, 46}, {51, 18}, {24, 10}}}}},
}};

// What the next level of EQ3 with EQ6 scores, of two the higher; nothing below the last.
std::optional<int> score_below(const ByImpact& row, std::size_t level, std::size_t later) {
  switch (level) {
    case level_00:
      return std::max(row[level_01][later], row[level_10][later]);
    case level_01:
    case level_10:
      return row[level_11][later];
    case level_11:
      return row[level_21][later];
  }
  return std::nullopt;
}

}  // namespace

std::optional<double> cvss_4_base_score(const CvssMetrics& metrics) {
  const auto steps = steps_of(metrics);
  if (!steps) return std::nullopt;
  constexpr int none = 2;
  if (steps->confidentiality == none && steps->integrity == none && steps->availability == none &&
      steps->later_confidentiality == none && steps->later_integrity == none &&
      steps->later_availability == none)
    return 0.0;
  const auto one = exploitability(*steps);
  const auto two = complexity(*steps);
  const auto three = impact(*steps);
  const auto four = later_impact(*steps);
  const auto& row = scores[one.level][two.level];
  const int score = row[three.level][four.level];
  // Of each kind: what the next lower set scores less, by the share of the way to it. EQ5 has a lower set as
  // well, to which there is no way.
  double sum = 0;
  int sets = 1;
  const auto take = [&](const Place& place, std::optional<int> below) {
    if (!below) return;
    sum += static_cast<double>((score - *below) * place.distance) / place.depth;
    ++sets;
  };
  const auto at = [&](std::size_t first, std::size_t second, std::size_t later) -> std::optional<int> {
    if (first >= scores.size() || second >= scores[0].size() || later >= row[0].size()) return std::nullopt;
    return scores[first][second][three.level][later];
  };
  take(one, at(one.level + 1, two.level, four.level));
  take(two, at(one.level, two.level + 1, four.level));
  take(three, score_below(row, three.level, four.level));
  take(four, at(one.level, two.level, four.level + 1));
  constexpr double tiny = 1e-6;  // so that no binary fraction tips a half
  const auto tenths = std::floor(score - sum / sets + 0.5 + tiny);
  return std::clamp(tenths, 0.0, 100.0) / 10;
}

}  // namespace whittle::vulnerabilities
