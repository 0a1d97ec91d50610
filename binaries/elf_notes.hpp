// The notes of an ELF file (gABI, chapter 5, "Note Section"), and the build IDs among them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "binaries/elf.hpp"
#include "binaries/random_access.hpp"

namespace whittle::binaries {

struct ElfNote {
  std::string owner;  // "Go", "GNU"
  std::uint32_t type = 0;
  std::uint64_t offset = 0;  // of the description, in the file
  std::uint64_t size = 0;
};

// At most 1,000, as far as they are sound. From the note sections, or from the segments when there are none.
std::vector<ElfNote> read_notes(const RandomAccess& file, const Elf& elf);

struct BuildIds {
  std::optional<std::string> go;   // as the go command writes it: "action/…/content"
  std::optional<std::string> gnu;  // hexadecimal
};
BuildIds build_ids(const RandomAccess& file, const Elf& elf);

}  // namespace whittle::binaries
