// The circumstances of a build that must not reach its bytes: `verify` builds again with each of them
// changed.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::optimizer {

enum class Perturbation {
  cache,
  clock,
  file_order,
  file_times,
  folder,
  home,
  host,
  locale,
  processors,
  time_zone,
  umask,
  user,
};
using Perturbations = std::set<Perturbation>;

struct PerturbationInfo {
  Perturbation perturbation;
  std::string_view name;      // "file-times"; stable, for flags and JSON
  std::string_view sentence;  // what is done
  std::string_view cause;     // what is said of a build whose bytes change with it
};

// All of them, sorted by name.
std::span<const PerturbationInfo> all_perturbations();
const PerturbationInfo& info_of(Perturbation perturbation);
inline std::string_view name_of(Perturbation perturbation) {
  return info_of(perturbation).name;
}

// "folder,umask", "all" or "none". Error(usage) suggests the nearest name.
Perturbations parse_perturbations(const std::vector<std::string>& names);

// "cache, clock, umask", sorted.
std::string listed(const Perturbations& perturbations);

}  // namespace whittle::optimizer
