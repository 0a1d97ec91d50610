// Reads the parts of an ELF file that say how it is loaded (System V gABI, chapters 4 and 5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "binaries/random_access.hpp"

namespace whittle::binaries {

// Types of segments and of sections that several readers look for.
inline constexpr std::uint32_t pt_load = 1;
inline constexpr std::uint32_t sht_null = 0;
inline constexpr std::uint32_t sht_rela = 4;
inline constexpr std::uint32_t sht_nobits = 8;  // takes no room in the file

struct ElfSegment {
  std::uint32_t type = 0;   // PT_LOAD = 1, PT_DYNAMIC = 2, PT_INTERP = 3
  std::uint32_t flags = 0;  // PF_X = 1, PF_W = 2, PF_R = 4
  std::uint64_t offset = 0;
  std::uint64_t address = 0;
  std::uint64_t file_size = 0;
  std::uint64_t memory_size = 0;
};

// With which every ELF file begins.
inline constexpr std::string_view elf_magic =
    "\x7f"
    "ELF";

struct ElfSection {
  std::string name;
  std::uint32_t type = 0;
  std::uint64_t address = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t flags = 0;  // SHF_ALLOC = 2, SHF_EXECINSTR = 4, SHF_COMPRESSED = 0x800
};

// Where a table of headers lies in the file, in bytes.
struct ElfTable {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

struct Elf {
  bool is_64_bit = true;
  bool is_little_endian = true;
  std::uint16_t type = 0;     // ET_EXEC = 2, ET_DYN = 3
  std::uint16_t machine = 0;  // EM_X86_64 = 62, …
  std::vector<ElfSegment> segments;
  std::vector<ElfSection> sections;
  ElfTable segment_table = {};
  ElfTable section_table = {};

  const ElfSection* section(std::string_view name) const;
  // Where in the file the byte lies that is loaded at `address`; nothing when none is.
  std::optional<std::uint64_t> offset_of(std::uint64_t address) const;
  // The address that the byte at `offset` of the file is loaded at; nothing when it is in no such segment.
  std::optional<std::uint64_t> address_of(std::uint64_t offset) const;
  bool has_writable_code() const;  // a loaded segment that is both writable and executable
};

// Whether the bytes begin as an ELF file does.
bool is_elf(const RandomAccess& file);

// Error(integrity): why a file is no sound ELF file.
[[noreturn]] void refuse_elf(std::string_view why);

// Error(integrity) for what is cut or contradicts itself. Reads headers only, at most 65,535 of each kind.
Elf read_elf(const RandomAccess& file);

// The path of the loader in PT_INTERP, if there is one.
std::optional<std::string> interpreter_of(const RandomAccess& file, const Elf& elf);

// The shared libraries of DT_NEEDED, at most 1,000.
std::vector<std::string> needed_libraries(const RandomAccess& file, const Elf& elf);

// The machine of a Go architecture ("amd64"), nothing for one that is not known.
std::optional<std::uint16_t> machine_of(std::string_view go_architecture);

}  // namespace whittle::binaries
