// What an ELF file is without its symbol table and debug information: what `strip --strip-all` leaves, found
// without linking anything anew. What is loaded keeps every byte and its place; nothing is written here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "binaries/random_access.hpp"

namespace whittle::binaries {

// The stripped file, from its start to its end: parts of the old one, and bytes that are new.
struct StrippedElf {
  struct Part {
    std::uint64_t offset = 0;  // in the old file
    std::uint64_t size = 0;
    std::string bytes = {};  // instead of those, when there are any
  };
  std::vector<Part> parts;
  std::uint64_t size = 0;                 // of all parts
  std::vector<std::string> removed = {};  // names of sections, in the file's order; as they stand there
};

struct Stripping {
  std::optional<StrippedElf> stripped = {};  // nothing when the file stays as it is
  // Why it does although it has symbols or debug information: it may read itself, or its parts depend on
  // them. For people. Empty when there is nothing to remove.
  std::string refusal = {};
};

// Never throws for what a file says (hostile 91): one that lies, or is none, stays as it is. Of the ELF
// header the place and number of the section headers change, of segments nothing. Kept are .dynsym, notes,
// build information, function tables, .comment, .gnu_debuglink, .gnu_debugdata. Left alone are relocatable
// objects, core files, files of debug information alone, kernel modules, and whatever has bytes or sections
// that no linker makes, because a program may look for its own data there. Memory: some hundred bytes for
// each section.
Stripping strip_elf(const RandomAccess& file);

}  // namespace whittle::binaries
