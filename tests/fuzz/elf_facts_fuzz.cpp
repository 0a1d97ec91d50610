// What an ELF file of an image may ask for. However it lies, what is kept of it is bounded.
#include "closure/elf_facts.hpp"
#include "closure/go_commands.hpp"
#include "closure/string_constants.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace whittle::closure;

void whittle::fuzz::elf_facts_input(std::string_view input) {
  const binaries::MemoryAccess file{std::string(input)};
  const auto facts = parsed([&] { return read_elf_facts(file); });
  StringConstants packed({true, true});
  packed.take(input);
  packed.end_section();
  for (const auto* set : {&packed.paths, &packed.fragments, &packed.libraries, &packed.words})
    require(set->size() <= StringConstants::most, "constants are bounded");
  if (!facts) return;
  for (const auto* texts : {&facts->paths, &facts->fragments, &facts->libraries, &facts->words})
    require(texts->size() <= StringConstants::most, "constants are bounded");
  for (const auto& path : facts->paths) require(path.starts_with('/'), "paths are absolute");
  require(facts->needed.size() <= 1'000, "libraries are bounded");
}
