#include "comparison/binary_difference.hpp"

#include <fmt/format.h>

#include "binaries/build_info.hpp"
#include "binaries/elf.hpp"
#include "comparison/byte_difference.hpp"
#include "comparison/scratch.hpp"

namespace whittle::comparison {
namespace {

Where below(const Where& where, std::string name) {
  auto at = where;
  at.push_back(std::move(name));
  return at;
}

constexpr std::uint32_t without_bytes = 8;  // SHT_NOBITS

void compare_sections(const binaries::RandomAccess& a, const binaries::Elf& elf_a,
                      const binaries::RandomAccess& b, const binaries::Elf& elf_b, const Where& where,
                      Findings& findings) {
  for (const auto& section : elf_a.sections) {
    const auto* other = elf_b.section(section.name);
    const auto at = below(where, "section " + section.name);
    if (other == nullptr) {
      findings.add({at, "section", fmt::format("{} bytes", section.size), std::nullopt});
      continue;
    }
    if (section.type == without_bytes || other->type == without_bytes) continue;
    const auto difference = compare_bytes(SliceAccess(a, section.offset, section.size),
                                          SliceAccess(b, other->offset, other->size));
    if (!difference.equal())
      findings.add({at, "section", fmt::format("{} bytes", section.size),
                    fmt::format("{} bytes", other->size), difference.text()});
  }
  for (const auto& section : elf_b.sections)
    if (elf_a.section(section.name) == nullptr)
      findings.add({below(where, "section " + section.name), "section", std::nullopt,
                    fmt::format("{} bytes", section.size)});
}

}  // namespace

void compare_binaries(const binaries::RandomAccess& a, const binaries::RandomAccess& b, const Where& where,
                      Findings& findings) {
  const auto elf_a = binaries::read_elf(a);
  const auto elf_b = binaries::read_elf(b);
  const auto go_a = binaries::read_build_info(a, elf_a);
  const auto go_b = binaries::read_build_info(b, elf_b);
  if (go_a && go_b && go_a->go_version != go_b->go_version)
    findings.add({where, "go-version", go_a->go_version, go_b->go_version});
  compare_sections(a, elf_a, b, elf_b, where, findings);
}

}  // namespace whittle::comparison
