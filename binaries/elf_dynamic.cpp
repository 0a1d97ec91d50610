#include "binaries/elf_dynamic.hpp"

#include <algorithm>
#include <optional>

#include "binaries/block_reader.hpp"
#include "binaries/fields.hpp"

namespace whittle::binaries {
namespace {

constexpr std::uint32_t pt_dynamic = 2;
constexpr std::uint32_t sht_dynsym = 11;
constexpr std::uint64_t dt_null = 0;
constexpr std::uint64_t dt_needed = 1;
constexpr std::uint64_t dt_strtab = 5;
constexpr std::uint64_t dt_symtab = 6;
constexpr std::uint64_t dt_soname = 14;
constexpr std::uint64_t dt_rpath = 15;
constexpr std::uint64_t dt_runpath = 29;
constexpr std::size_t most_entries = 70'000;
constexpr std::size_t most_needed = 1'000;
constexpr std::size_t longest_name = 4'096;
constexpr std::uint64_t most_imports = 1'000'000;

struct Entry {
  std::uint64_t tag = 0;
  std::uint64_t value = 0;
};

std::vector<Entry> entries_of(const RandomAccess& file, const Elf& elf) {
  const auto segment = std::find_if(elf.segments.begin(), elf.segments.end(),
                                    [](const ElfSegment& each) { return each.type == pt_dynamic; });
  std::vector<Entry> entries;
  if (segment == elf.segments.end()) return entries;
  const std::size_t width = elf.is_64_bit ? 8 : 4;
  const auto count = std::min<std::uint64_t>(segment->file_size / (2 * width), most_entries);
  const auto bytes = file.read(segment->offset, static_cast<std::size_t>(count) * 2 * width);
  for (std::size_t at = 0; at + 2 * width <= bytes.size(); at += 2 * width) {
    const Entry entry{number_in(bytes, at, width, elf.is_little_endian),
                      number_in(bytes, at + width, width, elf.is_little_endian)};
    if (entry.tag == dt_null) break;
    entries.push_back(entry);
  }
  return entries;
}

std::optional<std::uint64_t> value_of(const std::vector<Entry>& entries, std::uint64_t tag) {
  for (const auto& entry : entries)
    if (entry.tag == tag) return entry.value;
  return std::nullopt;
}

struct SymbolTable {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

// Without sections nothing states how long the table is: linkers put the strings right behind it.
std::optional<SymbolTable> symbol_table(const Elf& elf, const std::vector<Entry>& entries) {
  for (const auto& section : elf.sections)
    if (section.type == sht_dynsym) return SymbolTable{section.offset, section.size};
  const auto symbols = value_of(entries, dt_symtab);
  const auto strings = value_of(entries, dt_strtab);
  if (!symbols || !strings || *strings <= *symbols) return std::nullopt;
  const auto offset = elf.offset_of(*symbols);
  if (!offset) return std::nullopt;
  return SymbolTable{*offset, *strings - *symbols};
}

}  // namespace

ElfDynamic read_dynamic(const RandomAccess& file, const Elf& elf) {
  ElfDynamic dynamic;
  const auto entries = entries_of(file, elf);
  const auto strings = elf.offset_of(value_of(entries, dt_strtab).value_or(0));
  const auto text = [&](std::uint64_t at) {
    if (!strings) refuse_elf("its dynamic strings lie outside the file");
    if (at > file.size()) refuse_elf("a dynamic string lies outside the file");
    auto name = file.read(*strings + at, longest_name);
    const auto end = name.find('\0');
    if (end == std::string::npos) refuse_elf("a name has no end");
    name.resize(end);
    return name;
  };
  for (const auto& entry : entries) {
    if (entry.tag == dt_needed) {
      if (dynamic.needed.size() == most_needed) refuse_elf("it needs more than 1,000 libraries");
      dynamic.needed.push_back(text(entry.value));
    }
    if (entry.tag == dt_soname) dynamic.soname = text(entry.value);
    if (entry.tag == dt_rpath) dynamic.rpath = text(entry.value);
    if (entry.tag == dt_runpath) dynamic.runpath = text(entry.value);
  }
  return dynamic;
}

void each_import(const RandomAccess& file, const Elf& elf,
                 const std::function<void(std::string_view)>& visit) {
  const auto entries = entries_of(file, elf);
  const auto table = symbol_table(elf, entries);
  const auto strings = elf.offset_of(value_of(entries, dt_strtab).value_or(0));
  if (!table || !strings) return;
  const std::size_t size = elf.is_64_bit ? 24 : 16;
  const std::size_t section_at = elf.is_64_bit ? 6 : 14;
  const auto count = std::min(table->size / size, most_imports);
  BlockReader symbols(file);
  BlockReader names(file);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto symbol = symbols.at(table->offset + i * size, size);
    if (symbol.size() < size) return;
    if (number_in(symbol, section_at, 2, elf.is_little_endian) != 0) continue;  // SHN_UNDEF alone is wanted
    const auto name = number_in(symbol, 0, 4, elf.is_little_endian);
    if (name == 0 || *strings + name >= file.size()) continue;
    visit(names.text_at(*strings + name, longest_name));
  }
}

}  // namespace whittle::binaries
