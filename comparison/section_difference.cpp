#include "comparison/section_difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "comparison/byte_difference.hpp"
#include "comparison/data_text.hpp"
#include "comparison/scratch.hpp"

namespace whittle::comparison {
namespace {

constexpr std::uint32_t unused = 0;         // SHT_NULL
constexpr std::uint32_t without_bytes = 8;  // SHT_NOBITS

// A name, and the how many-th of it.
using Key = std::pair<std::string, std::size_t>;
using Sections = std::map<Key, const binaries::ElfSection*>;

Sections sections_of(const binaries::Elf& elf) {
  Sections sections;
  std::map<std::string, std::size_t> seen;
  for (const auto& section : elf.sections)
    if (section.type != unused) sections[{section.name, seen[section.name]++}] = &section;
  return sections;
}

Where at_section(const Where& where, const std::string& name) {
  return below(where, "section " + name);
}

std::string size_text(const binaries::ElfSection& section) {
  return fmt::format("{} bytes", section.size);
}

void add_texts(const SliceAccess& a, const SliceAccess& b, const Where& where, Findings& findings) {
  for (auto& text : exchanged_texts(a, b)) {
    const auto note = fmt::format("at offset {} of the section", text.offset);
    // A stamp may stand between other constants: then the text is not all of it.
    const auto stamps = time_stamps_in(text.a, text.b);
    if (stamps)
      findings.add({where, "time-stamp", stamps->first, stamps->second, note});
    else
      findings.add({where, "data-text", std::move(text.a), std::move(text.b), note});
  }
}

void compare_contents(const ElfFile& a, const binaries::ElfSection& in_a, const ElfFile& b,
                      const binaries::ElfSection& in_b, const Where& where, Findings& findings) {
  if (in_a.type == without_bytes || in_b.type == without_bytes) {
    if (in_a.size != in_b.size || in_a.type != in_b.type)
      findings.add({where, "section", size_text(in_a), size_text(in_b), "takes no room in the file"});
    return;
  }
  const SliceAccess left(a.file, in_a.offset, in_a.size);
  const SliceAccess right(b.file, in_b.offset, in_b.size);
  const auto difference = compare_bytes(left, right);
  if (difference.equal()) return;
  findings.add({where, "section", size_text(in_a), size_text(in_b), difference.text()});
  static constexpr std::array<std::string_view, 4> data = {".rodata", ".data", ".noptrdata", ".data.rel.ro"};
  if (std::find(data.begin(), data.end(), in_a.name) != data.end()) add_texts(left, right, where, findings);
}

}  // namespace

void compare_sections(const ElfFile& a, const ElfFile& b, const Where& where, Findings& findings) {
  const auto in_a = sections_of(a.elf);
  const auto in_b = sections_of(b.elf);
  for (const auto& [key, section] : in_a) {
    const auto at = at_section(where, key.first);
    if (const auto other = in_b.find(key); other != in_b.end())
      compare_contents(a, *section, b, *other->second, at, findings);
    else
      findings.add({at, "section", size_text(*section), std::nullopt});
  }
  for (const auto& [key, section] : in_b)
    if (!in_a.contains(key))
      findings.add({at_section(where, key.first), "section", std::nullopt, size_text(*section)});
}

}  // namespace whittle::comparison
