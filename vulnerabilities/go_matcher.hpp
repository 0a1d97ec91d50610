// The known vulnerabilities of a Go program: by the versions of its modules, and by what of them is linked
// in.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "binaries/build_info.hpp"
#include "binaries/elf.hpp"
#include "binaries/random_access.hpp"
#include "vulnerabilities/databases.hpp"
#include "vulnerabilities/finding.hpp"

namespace whittle::vulnerabilities {

struct ProgramMatches {
  std::vector<Finding> findings = {};  // each with one location that has no path yet
  std::vector<Unchecked> unchecked =
      {};  // modules without a version of which something is known, without paths
};

// Reads the function table only when a version matches. Entries of several databases that are one
// vulnerability by their ids and aliases are one finding; who names functions is believed more than who does
// not. Error(integrity) for a database that is broken; a program that is broken is counted as if all were
// linked. `jobs` threads read entries, the caller among them.
ProgramMatches match_program(const binaries::RandomAccess& file, const binaries::Elf& elf,
                             const binaries::BuildInfo& info, Databases& databases, unsigned jobs,
                             const std::stop_token& stop);

}  // namespace whittle::vulnerabilities
