#include "binaries/elf_extents.hpp"

#include <algorithm>
#include <tuple>

#include "binaries/cover.hpp"

namespace whittle::binaries {
namespace {

constexpr std::uint64_t largest_page = 64U << 10U;

std::vector<ElfExtent> stated_parts(const Elf& elf) {
  using Kind = ElfExtent::Kind;
  std::vector<ElfExtent> parts;
  const auto add = [&](std::uint64_t offset, std::uint64_t size, Kind kind, std::size_t index) {
    if (size > 0) parts.push_back({offset, size, kind, index});
  };
  add(0, elf.is_64_bit ? 64 : 52, Kind::headers, 0);
  add(elf.segment_table.offset, elf.segment_table.size, Kind::headers, 0);
  add(elf.section_table.offset, elf.section_table.size, Kind::headers, 0);
  bool has_sections = false;
  for (std::size_t i = 0; i < elf.sections.size(); ++i) {
    const auto& section = elf.sections[i];
    if (section.type == sht_null || section.type == sht_nobits) continue;
    add(section.offset, section.size, Kind::section, i);
    has_sections = true;
  }
  for (std::size_t i = 0; !has_sections && i < elf.segments.size(); ++i)
    if (elf.segments[i].type == pt_load)
      add(elf.segments[i].offset, elf.segments[i].file_size, Kind::segment, i);
  std::stable_sort(parts.begin(), parts.end(), [](const ElfExtent& a, const ElfExtent& b) {
    return std::tie(a.offset, a.kind) < std::tie(b.offset, b.kind);
  });
  return parts;
}

}  // namespace

std::vector<ElfExtent> elf_extents(const Elf& elf, std::uint64_t file_size) {
  using Kind = ElfExtent::Kind;
  std::vector<ElfExtent> extents;
  Cover cover(0, file_size, [&](std::uint64_t offset, std::uint64_t size) {
    const bool is_padding = offset > 0 && size < largest_page;
    extents.push_back({offset, size, is_padding ? Kind::padding : Kind::unattributed, 0});
  });
  for (const auto& part : stated_parts(elf))
    cover.add(part.offset, part.size, [&](std::uint64_t offset, std::uint64_t size) {
      extents.push_back({offset, size, part.kind, part.index});
    });
  cover.finish();
  return extents;
}

}  // namespace whittle::binaries
