#include "binaries/go_module_data.hpp"

#include <array>

#include "binaries/block_reader.hpp"
#include "binaries/fields.hpp"

namespace whittle::binaries {
namespace {

// Words of runtime.moduledata (runtime/symtab.go): in Go 1.20 two came before these, in Go 1.27 three.
constexpr std::size_t function_data_1_18 = 38;
constexpr std::size_t function_data_1_20 = 40;
constexpr std::size_t function_data_1_27 = 43;
constexpr std::size_t word_count = 44;
// The address of the descriptions of types. Behind it stands where they end; since Go 1.27 first how long
// they are, which is less than any address of theirs.
constexpr std::size_t types_1_20 = 37;
using WordValues = std::array<std::uint64_t, word_count>;

constexpr std::uint64_t relocation_size = 24;  // ELF-64, "Relocation"

// The first two words.
struct Beginning {
  std::uint64_t table = 0;
  std::uint64_t names = 0;
};

std::optional<WordValues> words_in(const RandomAccess& file, const Elf& elf, const ElfSection& section,
                                   const Beginning& beginning) {
  const std::size_t width = elf.is_64_bit ? 8 : 4;
  BlockReader reader(file);
  const auto word = [&](std::string_view bytes, std::size_t index) {
    return number_in(bytes, index * width, width, elf.is_little_endian);
  };
  for (std::uint64_t at = 0; at + word_count * width <= section.size; at += width) {
    const auto bytes = reader.at(section.offset + at, word_count * width);
    if (bytes.size() < word_count * width) return std::nullopt;
    if (word(bytes, 0) != beginning.table || word(bytes, 1) != beginning.names) continue;
    WordValues values{};
    for (std::size_t i = 0; i < word_count; ++i) values[i] = word(bytes, i);
    return values;
  }
  return std::nullopt;
}

// Calls `visit(place, value)` for each word that the loader fills in.
template <typename Visit>
void for_each_relocation(const RandomAccess& file, const Elf& elf, const Visit& visit) {
  BlockReader reader(file);
  for (const auto& section : elf.sections) {
    if (section.type != sht_rela || !elf.is_64_bit) continue;
    for (std::uint64_t at = 0; at + relocation_size <= section.size; at += relocation_size) {
      const auto entry = reader.at(section.offset + at, relocation_size);
      if (entry.size() < relocation_size) break;
      visit(number_in(entry, 0, 8, elf.is_little_endian), number_in(entry, 16, 8, elf.is_little_endian));
    }
  }
}

std::optional<WordValues> relocated_words(const RandomAccess& file, const Elf& elf,
                                          const Beginning& beginning) {
  std::optional<std::uint64_t> start;
  std::optional<std::uint64_t> candidate;
  for_each_relocation(file, elf, [&](std::uint64_t place, std::uint64_t value) {
    if (start) return;
    if (value == beginning.table) candidate = place;
    if (value == beginning.names && candidate && place == *candidate + 8) start = candidate;
  });
  if (!start) return std::nullopt;
  WordValues values{};
  for_each_relocation(file, elf, [&](std::uint64_t place, std::uint64_t value) {
    if (place >= *start && place - *start < word_count * 8) values[(place - *start) / 8] = value;
  });
  return values;
}

}  // namespace

std::optional<GoModuleData> find_module_data(const RandomAccess& file, const Elf& elf,
                                             const GoFunctions& functions) {
  const auto table = elf.address_of(functions.table_offset());
  if (!table) return std::nullopt;
  const Beginning beginning{*table, *table + functions.layout().names};
  std::optional<WordValues> values;
  for (const auto* name : {".go.module", ".noptrdata", ".data", ".data.rel.ro"})
    if (const auto* section = elf.section(name); section != nullptr && section->type != sht_nobits && !values)
      values = words_in(file, elf, *section, beginning);
  if (!values) values = relocated_words(file, elf, beginning);
  if (!values) return std::nullopt;
  if (functions.is_before_1_20()) return GoModuleData{(*values)[function_data_1_18]};
  const bool has_length = (*values)[types_1_20 + 1] < (*values)[types_1_20];
  return GoModuleData{(*values)[has_length ? function_data_1_27 : function_data_1_20]};
}

}  // namespace whittle::binaries
