// Two ELF files section by section, and the texts that were exchanged in their data.
#pragma once

#include "binaries/elf.hpp"
#include "binaries/random_access.hpp"
#include "comparison/finding.hpp"

namespace whittle::comparison {

struct ElfFile {
  const binaries::RandomAccess& file;
  const binaries::Elf& elf;
};

// Aspect "section" for each that only one has, or whose size or bytes differ; where it is loaded does not
// count. Sections of one name are told apart by their order. Aspect "data-text" for texts that stand where
// others stood in data of equal size, "time-stamp" where both are one.
void compare_sections(const ElfFile& a, const ElfFile& b, const Where& where, Findings& findings);

}  // namespace whittle::comparison
