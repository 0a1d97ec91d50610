#include "optimizer/perturbation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::optimizer {
namespace {

constexpr std::array<PerturbationInfo, 12> table = {{
    {Perturbation::cache, "cache", "with empty caches of whittle and of Go's compiler",
     "it changes with what is in the caches"},
    {Perturbation::clock, "clock", "with a clock that is 100,000 seconds ahead",
     "it changes with the time of the build"},
    {Perturbation::file_order, "file-order", "from files that were created in the reverse order",
     "it changes with the order in which the files were created"},
    {Perturbation::file_times, "file-times", "from files with other times",
     "it changes with the times of the files"},
    {Perturbation::folder, "folder", "in another folder, with a longer path",
     "it changes with the folder of the sources"},
    {Perturbation::home, "home", "with another HOME", "it changes with HOME"},
    {Perturbation::host, "host", "on a host of another name", "it changes with the name of the host"},
    {Perturbation::locale, "locale", "with another locale", "it changes with the locale"},
    {Perturbation::processors, "processors", "with another number of jobs at a time",
     "it changes with the number of processors"},
    {Perturbation::time_zone, "time-zone", "in another time zone", "it changes with the time zone"},
    {Perturbation::umask, "umask", "with the umask 077", "it changes with the umask"},
    {Perturbation::user, "user", "as another user", "it changes with the user"},
}};

}  // namespace

std::span<const PerturbationInfo> all_perturbations() {
  return table;
}

const PerturbationInfo& info_of(Perturbation perturbation) {
  for (const auto& info : table)
    if (info.perturbation == perturbation) return info;
  throw Error(ErrorKind::internal, "a perturbation that is not in the table");
}

Perturbations parse_perturbations(const std::vector<std::string>& names) {
  Perturbations all;
  std::vector<std::string_view> known = {"all", "none"};
  for (const auto& info : table) {
    all.insert(info.perturbation);
    known.push_back(info.name);
  }
  Perturbations result;
  for (const auto& name : names) {
    if (name == "all") result = all;
    if (name == "all" || name == "none") continue;
    const auto* const found =
        std::find_if(table.begin(), table.end(), [&](const auto& info) { return info.name == name; });
    if (found == table.end()) {
      const auto near = nearest(name, known);
      throw Error(ErrorKind::usage, fmt::format("--perturb {} names no circumstance{}", shown(name),
                                                near ? fmt::format("; did you mean {}?", *near) : ""))
          .hint(fmt::format("there are {}", fmt::join(known, ", ")));
    }
    result.insert(found->perturbation);
  }
  return result;
}

std::string listed(const Perturbations& perturbations) {
  std::vector<std::string_view> names;
  for (const auto perturbation : perturbations) names.push_back(name_of(perturbation));
  std::sort(names.begin(), names.end());
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace whittle::optimizer
