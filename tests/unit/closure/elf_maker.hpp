// ELF files for tests: what a loader is asked for, and texts in read-only data; no code.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace whittle::closure::test {

inline const std::string nul(1, '\0');  // what ends a text of MadeElf::data

struct MadeElf {
  std::string interpreter = {};
  std::vector<std::string> needed = {};
  std::string soname = {};
  std::string rpath = {};
  std::string runpath = {};
  std::vector<std::string> imports = {};
  std::string data = {};  // .rodata
  bool is_go = false;
  bool has_sections = true;
  std::uint16_t machine = 62;
};

// 64 bits, little endian.
std::string elf_file(const MadeElf& made);

}  // namespace whittle::closure::test
