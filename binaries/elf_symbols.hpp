// The symbol table of an ELF file that was not stripped (gABI, chapter 4, "Symbol Table"): functions and data
// with their sizes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "binaries/block_reader.hpp"
#include "binaries/elf.hpp"
#include "binaries/random_access.hpp"

namespace whittle::binaries {

struct ElfSymbol {
  std::uint64_t address = 0;
  std::uint32_t size = 0;  // what is larger is cut
  std::uint32_t name = 0;  // in the table's texts
};

// Sorted by address; only symbols with a size. Borrows the file. One thread.
class ElfSymbols {
 public:
  static constexpr std::size_t most_symbols = 2'000'000;  // those behind are not read
  static constexpr std::size_t longest_name = 4'096;      // what is longer is cut

  // Empty when there is no table; what is broken is left out.
  ElfSymbols(const RandomAccess& file, const Elf& elf);

  const std::vector<ElfSymbol>& all() const { return all_; }
  // Valid until the next one is read.
  std::string_view name(const ElfSymbol& symbol);

 private:
  BlockReader names_;
  std::uint64_t names_begin_ = 0;
  std::uint64_t names_size_ = 0;
  std::vector<ElfSymbol> all_ = {};
};

}  // namespace whittle::binaries
