// Finds the smallest memory limit that a program holds under load, with the GOMEMLIMIT and GOGC for it, by
// measured runs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "running/trial.hpp"

namespace whittle::running {

struct TuneOptions {
  TuneGoals goals = {};
  bool usual_target = true;  // where the goals have none: one made of the run without a limit
  std::optional<std::uint64_t> most_memory = {};  // bytes: a limit that is given, and not to be exceeded
  double margin = 0.10;                           // of the smallest limit that held, on top of it
  double resolution = 0.03;  // the smallest that held is at most so much above one that did not, or a MiB
  std::size_t most_runs = 18;
  bool knows_soft_limit = true;  // Go 1.19 and later, and a program that leaves it alone
  bool knows_gogc = true;
};

struct TuneResult {
  std::vector<Trial> trials = {};               // in the order in which they were made
  TuneGoals goals = {};                         // by which all but the first were judged
  std::optional<std::size_t> recommended = {};  // of the trials: it held
  std::optional<std::size_t> as_it_is = {};  // the image without settings, under the limit it is compared at
  std::optional<std::uint64_t> smallest = {};        // bytes: the smallest limit that held
  std::optional<std::uint64_t> largest_failed = {};  // bytes: the largest below that was tried and did not
  std::string why_none = {};                         // when nothing is recommended
};

// Makes one run, and judges it by the goals; numbers count from 1.
using MakeTrial =
    std::function<Trial(const MemorySetting& setting, std::size_t number, const TuneGoals& goals)>;

// One run without a limit says what lives and what peaks; between the two the limit is halved (by ratio),
// with GOMEMLIMIT as close to it as can be; then the recommended limit is run, with a margin and GOMEMLIMIT
// as its usual share, GOGC=off where that can change something, and the image as it is, to compare. What
// slowed a run down may have been a neighbour: such a one is run twice, or thrice. What `make` throws goes
// through.
TuneResult tune(const TuneOptions& options, const MakeTrial& make);

// GOMEMLIMIT under a limit: a share of it in percent, without what Go does not count. Whole MiB.
std::uint64_t soft_limit_under(std::uint64_t limit, std::uint64_t outside, unsigned share);

}  // namespace whittle::running
