// What the debug information of a binary says of how it was compiled (DWARF 5, section 3.1.1; versions 2 to
// 5).
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "binaries/elf.hpp"
#include "binaries/random_access.hpp"

namespace whittle::binaries {

struct DebugInfo {
  bool present = false;
  bool compressed = false;
  std::uint64_t size = 0;                // bytes in the file, of all sections
  std::uint64_t units = 0;               // those that were read
  std::set<std::string> producers = {};  // "Go cmd/compile go1.26.8; regabi", at most 100
  std::set<std::string> folders = {};    // where compilers ran (comp_dir), at most 100
  bool complete = false;                 // every unit was read; else the rest is unknown
};

// Never fails for what is broken: then it is not complete. Reads compressed sections up to 256 MiB of
// content; strings that lie in another compressed section are not read.
DebugInfo read_debug_info(const RandomAccess& file, const Elf& elf);

}  // namespace whittle::binaries
