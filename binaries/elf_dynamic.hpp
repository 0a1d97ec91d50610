// What the dynamic section of an ELF file asks of the loader (gABI, chapter 5, "Dynamic Section").
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "binaries/elf.hpp"
#include "binaries/random_access.hpp"

namespace whittle::binaries {

struct ElfDynamic {
  std::vector<std::string> needed = {};  // DT_NEEDED, at most 1,000
  std::string soname = {};
  std::string rpath = {};
  std::string runpath = {};
};

// Empty when there is none. Error(integrity) for what lies outside the file or is more than anything needs.
ElfDynamic read_dynamic(const RandomAccess& file, const Elf& elf);

// Calls `visit` with the name of each symbol that the file wants from others, at most 1,000,000 of them, as
// far as they are sound. By the section of dynamic symbols; without sections, by the table that the dynamic
// section names.
void each_import(const RandomAccess& file, const Elf& elf,
                 const std::function<void(std::string_view)>& visit);

}  // namespace whittle::binaries
