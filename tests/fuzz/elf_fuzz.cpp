// Everything that is read of a binary before it may enter a layer.
#include "binaries/elf.hpp"

#include "binaries/build_info.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::elf_input(std::string_view input) {
  const binaries::MemoryAccess file{std::string(input)};
  const auto elf = parsed([&] { return binaries::read_elf(file); });
  if (!elf) return;
  require(binaries::is_elf(file), "what is read as ELF begins like it");
  parsed([&] { return binaries::interpreter_of(file, *elf); });
  parsed([&] { return binaries::needed_libraries(file, *elf); });
  parsed([&] { return binaries::read_build_info(file, *elf); });
}
