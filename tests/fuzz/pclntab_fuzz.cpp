// Go's function table, the names in it, notes and debug information of an ELF file.
#include "binaries/dwarf_units.hpp"
#include "binaries/elf.hpp"
#include "binaries/elf_notes.hpp"
#include "binaries/embedded_paths.hpp"
#include "binaries/go_functions.hpp"
#include "binaries/go_symbol_name.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::pclntab_input(std::string_view input) {
  const binaries::MemoryAccess file{std::string(input)};
  const auto elf = parsed([&] { return binaries::read_elf(file); });
  if (!elf) return;
  require(binaries::read_notes(file, *elf).size() <= 1'000, "notes are bounded");
  const auto info = binaries::read_debug_info(file, *elf);
  require(info.producers.size() <= 100 && info.folders.size() <= 100,
          "texts of the debug information are bounded");
  const auto functions = parsed([&] { return binaries::GoFunctions::read(file, *elf); });
  if (!functions || !*functions) return;
  const auto& table = **functions;
  binaries::GoFunctions::Names names(table);
  for (std::size_t i = 0; i < table.count(); ++i) {
    require(table[i].entry <= table[i].end, "a function does not end before it begins");
    const auto name = binaries::parse_go_symbol_name(names[i]);
    require(name.package == binaries::package_of_symbol(names[i]), "both ways give one package");
    if (table[i].size() > 0) require(table.find(table[i].entry) == i, "a function is found by its address");
  }
  for (const auto& root : binaries::embedded_roots(table)) require(root.files > 0, "a root has files");
}
