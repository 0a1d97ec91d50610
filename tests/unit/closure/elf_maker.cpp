#include "tests/unit/closure/elf_maker.hpp"

#include <cstddef>
#include <utility>

namespace whittle::closure::test {
namespace {

void put(std::string& out, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) out += static_cast<char>(value >> (8 * i));
}

struct Texts {
  std::string bytes = std::string(1, '\0');
  std::uint64_t add(const std::string& text) {
    const auto at = bytes.size();
    bytes += text;
    bytes += '\0';
    return at;
  }
};

struct Section {
  std::string name;
  std::uint32_t type;
  std::uint64_t flags;
  std::uint64_t offset;
  std::uint64_t size;
};

}  // namespace

std::string elf_file(const MadeElf& made) {
  constexpr std::uint64_t header = 64;
  constexpr std::uint64_t entry = 56;
  const std::uint64_t segments = made.interpreter.empty() ? 2 : 3;
  const std::uint64_t begin = header + segments * entry;
  Texts strings;
  std::string dynamic;
  const auto tag = [&](std::uint64_t number, std::uint64_t value) {
    put(dynamic, number, 8);
    put(dynamic, value, 8);
  };
  for (const auto& name : made.needed) tag(1, strings.add(name));
  if (!made.soname.empty()) tag(14, strings.add(made.soname));
  if (!made.rpath.empty()) tag(15, strings.add(made.rpath));
  if (!made.runpath.empty()) tag(29, strings.add(made.runpath));
  std::string symbols(24, '\0');
  for (const auto& name : made.imports) {
    put(symbols, strings.add(name), 4);
    symbols += std::string(20, '\0');
  }
  const auto interpreter = made.interpreter + '\0';
  const auto symbols_at = begin + interpreter.size();
  const auto strings_at = symbols_at + symbols.size();
  tag(6, symbols_at);
  tag(5, strings_at);
  tag(0, 0);
  const auto dynamic_at = strings_at + strings.bytes.size();
  const auto data_at = dynamic_at + dynamic.size();
  const auto end = data_at + made.data.size();
  Texts names;
  std::vector<Section> sections = {{"", 0, 0, 0, 0},
                                   {".dynsym", 11, 2, symbols_at, symbols.size()},
                                   {".rodata", 1, 2, data_at, made.data.size()}};
  if (made.is_go) sections.push_back({".go.buildinfo", 1, 2, data_at, 0});
  sections.push_back({".shstrtab", 3, 0, 0, 0});
  if (!made.has_sections) sections.clear();
  std::string table;
  std::vector<std::uint64_t> name_offsets;
  for (const auto& section : sections) name_offsets.push_back(names.add(section.name));
  if (!sections.empty()) {
    sections.back().offset = end;
    sections.back().size = names.bytes.size();
  }
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const auto& section = sections[i];
    put(table, name_offsets[i], 4);
    put(table, section.type, 4);
    for (const auto value : {section.flags, section.offset, section.offset, section.size, std::uint64_t{0},
                             std::uint64_t{1}, std::uint64_t{0}})
      put(table, value, 8);
  }
  std::string file(
      "\x7f"
      "ELF\x02\x01\x01",
      7);
  file.resize(16, '\0');
  put(file, made.interpreter.empty() ? 3 : 2, 2);
  put(file, made.machine, 2);
  put(file, 1, 4);
  for (const auto value : {std::uint64_t{0}, header, sections.empty() ? 0 : end + names.bytes.size()})
    put(file, value, 8);
  put(file, 0, 4);
  for (const auto value : {header, entry, segments, std::uint64_t{64}, std::uint64_t{sections.size()},
                           sections.empty() ? 0 : std::uint64_t{sections.size() - 1}})
    put(file, value, 2);
  const auto segment = [&](std::uint32_t type, std::uint64_t offset, std::uint64_t size) {
    put(file, type, 4);
    put(file, 4, 4);
    for (const auto value : {offset, offset, offset, size, size, std::uint64_t{1}}) put(file, value, 8);
  };
  segment(1, 0, end);
  segment(2, dynamic_at, dynamic.size());
  if (!made.interpreter.empty()) segment(3, begin, interpreter.size());
  return file + interpreter + symbols + strings.bytes + dynamic + made.data +
         (sections.empty() ? "" : names.bytes + table);
}

}  // namespace whittle::closure::test
