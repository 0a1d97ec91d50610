#include "binaries/elf.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "binaries/elf_dynamic.hpp"
#include "binaries/fields.hpp"
#include "common/error.hpp"

namespace whittle::binaries {
namespace {

constexpr std::uint32_t pt_interp = 3;
constexpr std::size_t largest_name = 4096;
constexpr std::size_t largest_entry = 256;  // of a table: those of today have at most 64 bytes

ElfSegment read_segment(const Fields& f, bool wide) {
  if (wide) return {f.word(0), f.word(4), f.number(8, 8), f.number(16, 8), f.number(32, 8), f.number(40, 8)};
  return {f.word(0), f.word(24), f.number(4, 4), f.number(8, 4), f.number(16, 4), f.number(20, 4)};
}

// A section whose name is still an offset into the string table.
std::pair<std::uint32_t, ElfSection> read_section(const Fields& f, bool wide) {
  if (wide)
    return {f.word(0), {"", f.word(4), f.number(16, 8), f.number(24, 8), f.number(32, 8), f.number(8, 8)}};
  return {f.word(0), {"", f.word(4), f.number(12, 4), f.number(16, 4), f.number(20, 4), f.number(8, 4)}};
}

std::string c_string(const RandomAccess& file, std::uint64_t offset) {
  std::string text = file.read(offset, largest_name);
  const auto end = text.find('\0');
  if (end == std::string::npos) refuse_elf("a name has no end");
  text.resize(end);
  return text;
}

struct Table {
  std::uint64_t offset;
  std::size_t entry_size;
  std::size_t count;
};

std::string read_table(const RandomAccess& file, const Table& table, std::size_t smallest_entry,
                       std::string_view name) {
  if (table.count == 0) return {};
  if (table.entry_size < smallest_entry) refuse_elf(fmt::format("the entries of its {} are too short", name));
  if (table.entry_size > largest_entry) refuse_elf(fmt::format("the entries of its {} are too long", name));
  std::string bytes = file.read(table.offset, table.entry_size * table.count);
  if (bytes.size() != table.entry_size * table.count)
    refuse_elf(fmt::format("its {} lies outside the file", name));
  return bytes;
}

void read_sections(const RandomAccess& file, const Table& table, std::size_t names_index, Elf& elf) {
  const std::string bytes = read_table(file, table, elf.is_64_bit ? 64 : 40, "section table");
  std::vector<std::uint32_t> name_offsets;
  for (std::size_t i = 0; i < table.count; ++i) {
    auto entry = read_section(
        Fields(bytes.substr(i * table.entry_size, table.entry_size), elf.is_little_endian), elf.is_64_bit);
    name_offsets.push_back(entry.first);
    elf.sections.push_back(std::move(entry.second));
  }
  if (names_index == 0 || names_index >= elf.sections.size()) return;
  const auto& names = elf.sections[names_index];
  for (std::size_t i = 0; i < elf.sections.size(); ++i)
    if (name_offsets[i] < names.size && names.offset < file.size())
      elf.sections[i].name = c_string(file, names.offset + name_offsets[i]);
}

bool is_inside(const RandomAccess& file, std::uint64_t offset, std::uint64_t size) {
  return offset <= file.size() && size <= file.size() - offset;
}

// What is loaded or named has to be there: a file that was cut must not pass for a whole one.
void check_extent(const RandomAccess& file, const Elf& elf) {
  for (const auto& segment : elf.segments)
    if (segment.type == pt_load && !is_inside(file, segment.offset, segment.file_size))
      refuse_elf("a segment lies outside the file");
  for (const auto& section : elf.sections)
    if (section.type != sht_null && section.type != sht_nobits &&
        !is_inside(file, section.offset, section.size))
      refuse_elf("a section lies outside the file");
}

}  // namespace

const ElfSection* Elf::section(std::string_view name) const {
  for (const auto& candidate : sections)
    if (candidate.name == name) return &candidate;
  return nullptr;
}

std::optional<std::uint64_t> Elf::offset_of(std::uint64_t address) const {
  for (const auto& segment : segments)
    if (segment.type == pt_load && address >= segment.address &&
        address - segment.address < segment.file_size)
      return segment.offset + (address - segment.address);
  return std::nullopt;
}

std::optional<std::uint64_t> Elf::address_of(std::uint64_t offset) const {
  for (const auto& segment : segments)
    if (segment.type == pt_load && offset >= segment.offset && offset - segment.offset < segment.file_size)
      return segment.address + (offset - segment.offset);
  return std::nullopt;
}

bool Elf::has_writable_code() const {
  return std::any_of(segments.begin(), segments.end(), [](const ElfSegment& segment) {
    return segment.type == pt_load && (segment.flags & 3U) == 3U;
  });
}

bool is_elf(const RandomAccess& file) {
  return file.read(0, elf_magic.size()) == elf_magic;
}

void refuse_elf(std::string_view why) {
  throw Error(ErrorKind::integrity, fmt::format("not a sound ELF file: {}", why));
}

Elf read_elf(const RandomAccess& file) {
  const std::string identity = file.read(0, 16);
  if (identity.size() < 16 || !identity.starts_with(elf_magic)) refuse_elf("it does not begin as one");
  Elf elf;
  if (identity[4] != 1 && identity[4] != 2) refuse_elf("its class is unknown");
  if (identity[5] != 1 && identity[5] != 2) refuse_elf("its byte order is unknown");
  elf.is_64_bit = identity[4] == 2;
  elf.is_little_endian = identity[5] == 1;
  const Fields header(file.read(0, elf.is_64_bit ? 64 : 52), elf.is_little_endian);
  elf.type = header.half(16);
  elf.machine = header.half(18);
  const bool wide = elf.is_64_bit;
  const Table segments{header.number(wide ? 32 : 28, wide ? 8 : 4), header.half(wide ? 54 : 42),
                       header.half(wide ? 56 : 44)};
  const Table sections{header.number(wide ? 40 : 32, wide ? 8 : 4), header.half(wide ? 58 : 46),
                       header.half(wide ? 60 : 48)};
  elf.segment_table = {segments.offset, segments.entry_size * segments.count};
  elf.section_table = {sections.offset, sections.entry_size * sections.count};
  const std::string bytes = read_table(file, segments, wide ? 56 : 32, "program headers");
  for (std::size_t i = 0; i < segments.count; ++i)
    elf.segments.push_back(read_segment(
        Fields(bytes.substr(i * segments.entry_size, segments.entry_size), elf.is_little_endian), wide));
  read_sections(file, sections, header.half(wide ? 62 : 50), elf);
  check_extent(file, elf);
  return elf;
}

std::optional<std::string> interpreter_of(const RandomAccess& file, const Elf& elf) {
  for (const auto& segment : elf.segments)
    if (segment.type == pt_interp) return c_string(file, segment.offset);
  return std::nullopt;
}

std::vector<std::string> needed_libraries(const RandomAccess& file, const Elf& elf) {
  return read_dynamic(file, elf).needed;
}

std::optional<std::uint16_t> machine_of(std::string_view go_architecture) {
  static constexpr std::array<std::pair<std::string_view, std::uint16_t>, 12> machines = {{
      {"386", std::uint16_t{3}},
      {"amd64", std::uint16_t{62}},
      {"arm", std::uint16_t{40}},
      {"arm64", std::uint16_t{183}},
      {"loong64", std::uint16_t{258}},
      {"mips", std::uint16_t{8}},
      {"mipsle", std::uint16_t{8}},
      {"mips64", std::uint16_t{8}},
      {"mips64le", std::uint16_t{8}},
      {"ppc64le", std::uint16_t{21}},
      {"riscv64", std::uint16_t{243}},
      {"s390x", std::uint16_t{22}},
  }};
  for (const auto& machine : machines)
    if (machine.first == go_architecture) return machine.second;
  return std::nullopt;
}

}  // namespace whittle::binaries
