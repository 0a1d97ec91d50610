// What an ELF file says of itself and may ask for: read once, by position.
#pragma once

#include "binaries/random_access.hpp"
#include "closure/file_facts.hpp"

namespace whittle::closure {

// Error(integrity) for what is cut or contradicts itself. Memory is bounded (StringConstants).
ElfFacts read_elf_facts(const binaries::RandomAccess& file);

}  // namespace whittle::closure
