#include "binaries/elf_symbols.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

#include "binaries/fields.hpp"

namespace whittle::binaries {
namespace {

constexpr std::uint64_t symbol_size = 24;  // of 64-bit files, the only ones that Go's containers have
constexpr unsigned type_object = 1;
constexpr unsigned type_function = 2;
constexpr std::uint16_t undefined = 0;
constexpr std::uint16_t first_reserved = 0xff00;  // absolute values and the like

}  // namespace

ElfSymbols::ElfSymbols(const RandomAccess& file, const Elf& elf) : names_(file) {
  const auto* table = elf.section(".symtab");
  const auto* names = elf.section(".strtab");
  if (table == nullptr || names == nullptr || !elf.is_64_bit) return;
  names_begin_ = names->offset;
  names_size_ = names->size;
  BlockReader reader(file);
  for (std::uint64_t at = 0; at + symbol_size <= table->size && all_.size() < most_symbols;
       at += symbol_size) {
    const auto entry = reader.at(table->offset + at, symbol_size);
    if (entry.size() < symbol_size) return;
    const auto field = [&, &elf = elf](std::size_t offset, std::size_t width) {
      return number_in(entry, offset, width, elf.is_little_endian);
    };
    const auto type = field(4, 1) & 0xfU;
    const auto section = field(6, 2);
    const auto size = field(16, 8);
    if ((type != type_object && type != type_function) || size == 0) continue;
    if (section == undefined || section >= first_reserved) continue;
    all_.push_back(
        {field(8, 8),
         static_cast<std::uint32_t>(std::min<std::uint64_t>(size, std::numeric_limits<std::uint32_t>::max())),
         static_cast<std::uint32_t>(field(0, 4))});
  }
  // Of several at one place the largest comes first; the rest of them is covered by it.
  std::sort(all_.begin(), all_.end(), [](const ElfSymbol& a, const ElfSymbol& b) {
    return std::tie(a.address, b.size, a.name) < std::tie(b.address, a.size, b.name);
  });
}

std::string_view ElfSymbols::name(const ElfSymbol& symbol) {
  if (symbol.name >= names_size_) return {};
  const auto room = std::min<std::uint64_t>(longest_name, names_size_ - symbol.name);
  return names_.text_at(names_begin_ + symbol.name, static_cast<std::size_t>(room));
}

}  // namespace whittle::binaries
