// Every byte of an ELF file once, by what it belongs to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "binaries/elf.hpp"

namespace whittle::binaries {

struct ElfExtent {
  enum class Kind : std::uint8_t { headers, section, segment, padding, unattributed };
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  Kind kind = Kind::unattributed;
  std::size_t index = 0;  // in Elf::sections or Elf::segments
};

// Sorted; they cover [0, file_size) without a gap. Where parts overlap, the bytes belong to the one that begins
// first, so a table that lies takes nothing twice. Segments count only in files without sections. Gaps of less
// than a page between parts are padding, other bytes that belong to nothing are unattributed.
std::vector<ElfExtent> elf_extents(const Elf& elf, std::uint64_t file_size);

}  // namespace whittle::binaries
