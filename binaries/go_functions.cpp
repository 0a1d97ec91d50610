#include "binaries/go_functions.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "binaries/fields.hpp"
#include "common/error.hpp"

namespace whittle::binaries {
namespace {

constexpr std::uint32_t magic_1_18 = 0xfffffff0;
constexpr std::uint32_t magic_1_20 = 0xfffffff1;
constexpr std::uint64_t section_executable = 4;

[[noreturn]] void refuse_function_table(std::string_view why) {
  throw Error(ErrorKind::integrity, fmt::format("Go's function table is broken: {}", why));
}

// Magic, two zeros, the smallest instruction, the size of a pointer (runtime.pcHeader).
bool begins_table(std::string_view bytes, bool little_endian) {
  if (bytes.size() < 8) return false;
  const auto magic = number_in(bytes, 0, 4, little_endian);
  const auto quantum = bytes[6];
  const auto pointer = bytes[7];
  return (magic == magic_1_18 || magic == magic_1_20) && bytes[4] == 0 && bytes[5] == 0 &&
         (quantum == 1 || quantum == 2 || quantum == 4) && (pointer == 4 || pointer == 8);
}

// The address of runtime.text as runtime.moduledata names it (word 22 of it, Go 1.26), when that begins with
// the table's own address. In a position-independent file the words are filled in by the loader and zero
// here.
std::optional<std::uint64_t> text_of_module(const RandomAccess& file, const Elf& elf,
                                            std::uint64_t table_address) {
  const auto* section = elf.section(".go.module");
  const std::size_t width = elf.is_64_bit ? 8 : 4;
  constexpr std::size_t text_word = 22;
  if (section == nullptr || section->size < (text_word + 1) * width) return std::nullopt;
  const Fields words(file.read(section->offset, (text_word + 1) * width), elf.is_little_endian);
  if (words.size() < (text_word + 1) * width) return std::nullopt;
  if (words.number(0, width) == table_address) return words.number(text_word * width, width);
  // What the loader fills in: entries of offset, kind and value (ELF-64, "Relocation").
  const auto wanted = section->address + text_word * width;
  BlockReader reader(file);
  for (const auto& relocations : elf.sections) {
    constexpr std::uint64_t entry_size = 24;
    if (!elf.is_64_bit || relocations.type != sht_rela) continue;
    for (std::uint64_t at = 0; at + entry_size <= relocations.size; at += entry_size) {
      const auto entry = reader.at(relocations.offset + at, entry_size);
      if (entry.size() < entry_size) break;
      if (number_in(entry, 0, 8, elf.is_little_endian) == wanted)
        return number_in(entry, 16, 8, elf.is_little_endian);
    }
  }
  return std::nullopt;
}

bool is_code(const Elf& elf, std::uint64_t address) {
  return std::any_of(elf.sections.begin(), elf.sections.end(), [address](const ElfSection& section) {
    return (section.flags & section_executable) != 0 && address >= section.address &&
           address - section.address < section.size;
  });
}

}  // namespace

// runtime.pcHeader: two counts, the address of the text (zero since Go 1.26), five offsets from the table's
// start.
struct GoFunctions::Header {
  std::uint64_t functions, files, text, names, units, file_names, program_counters, records;

  Header(const Fields& f, std::size_t width) {
    std::uint64_t* const words[] = {&functions,        &files,  &text, &names, &units, &file_names,
                                    &program_counters, &records};
    for (std::size_t i = 0; i < std::size(words); ++i) *words[i] = f.number(8 + i * width, width);
  }
};

std::optional<GoFunctions::Range> GoFunctions::find_table(const RandomAccess& file, const Elf& elf) {
  for (const auto* name : {".gopclntab", ".data.rel.ro.gopclntab"})
    if (const auto* section = elf.section(name)) {
      if (!begins_table(file.read(section->offset, 8), elf.is_little_endian)) return std::nullopt;
      return Range{section->offset, section->size};
    }
  if (elf.sections.size() > 1) return std::nullopt;
  // Without section headers: the segments that are only read, at the table's alignment.
  for (const auto& segment : elf.segments) {
    constexpr std::uint32_t writable_or_code = 3;
    if (segment.type != pt_load || (segment.flags & writable_or_code) != 0) continue;
    BlockReader reader(file);
    for (std::uint64_t at = 0; at + 8 <= segment.file_size; at += 8)
      if (begins_table(reader.at(segment.offset + at, 8), elf.is_little_endian))
        return Range{segment.offset + at, segment.file_size - at};
  }
  return std::nullopt;
}

std::optional<GoFunctions> GoFunctions::read(const RandomAccess& file, const Elf& elf) {
  const auto table = find_table(file, elf);
  if (!table) return std::nullopt;
  const std::size_t width = static_cast<unsigned char>(file.read(table->offset, 8).at(7));
  const Header header(Fields(file.read(table->offset, 8 + 8 * width), elf.is_little_endian), width);
  if (header.functions > most_functions)
    throw Error(ErrorKind::limit, fmt::format("Go's function table has {} functions; at most {} are read",
                                              header.functions, most_functions));
  const bool in_order = header.names <= header.units && header.units <= header.file_names &&
                        header.file_names <= header.program_counters &&
                        header.program_counters <= header.records && header.records <= table->size;
  if (!in_order) refuse_function_table("its parts lie outside of it");
  GoFunctions result(file);
  result.table_ = *table;
  result.layout_ = {header.names, header.units, header.file_names, header.program_counters, header.records};
  result.before_1_20_ = number_in(file.read(table->offset, 4), 0, 4, elf.is_little_endian) == magic_1_18;
  result.names_range_ = {table->offset + header.names, header.units - header.names};
  result.files_range_ = {table->offset + header.file_names, header.program_counters - header.file_names};
  result.file_count_ = std::min<std::uint64_t>(header.files, most_files);
  result.text_ = header.text;
  if (result.text_ == 0)
    if (const auto address = elf.address_of(table->offset))
      result.text_ = text_of_module(file, elf, *address).value_or(0);
  if (!is_code(elf,
               result.text_))  // not filled in yet: the code begins its section unless C code is before it
    if (const auto* text = elf.section(".text")) result.text_ = text->address;
  result.read_functions(header, elf.is_little_endian);
  return result;
}

void GoFunctions::read_functions(const Header& header, bool little_endian) {
  const std::uint64_t room = table_.size - header.records;
  const std::uint64_t count = header.functions;
  if ((2 * count + 1) * 4 > room) refuse_function_table("it has more functions than room");
  const auto begin = table_.offset + header.records;
  BlockReader table(*file_);
  BlockReader records(*file_);
  const auto word = [little_endian](std::string_view bytes) {
    return static_cast<std::uint32_t>(number_in(bytes, 0, 4, little_endian));
  };
  entries_.reserve(count + 1);
  names_.reserve(count);
  for (std::uint64_t i = 0; i <= count; ++i) {
    entries_.push_back(word(table.at(begin + i * 8, 4)));
    if (i > 0 && entries_[i] < entries_[i - 1]) refuse_function_table("its functions are not sorted");
    if (i == count) break;
    const std::uint64_t record = word(table.at(begin + i * 8 + 4, 4));
    if (record + 8 > room) refuse_function_table("a function's record lies outside of it");
    names_.push_back(word(records.at(begin + record + 4, 4)));  // runtime._func: entry, name
    if (names_.back() >= names_range_.size) refuse_function_table("a function's name lies outside of it");
  }
}

std::optional<std::size_t> GoFunctions::find(std::uint64_t address) const {
  if (names_.empty() || address < text_ + entries_.front() || address >= text_ + entries_.back())
    return std::nullopt;
  const auto next =
      std::upper_bound(entries_.begin(), entries_.end(), address - text_,
                       [](std::uint64_t wanted, std::uint32_t entry) { return wanted < entry; });
  return static_cast<std::size_t>(next - entries_.begin()) - 1;
}

std::string_view GoFunctions::Names::operator[](std::size_t index) {
  const auto offset = of_.names_[index];
  const auto room = of_.names_range_.size - offset;
  return reader_.text_at(of_.names_range_.offset + offset,
                         static_cast<std::size_t>(std::min<std::uint64_t>(longest_name, room)));
}

void GoFunctions::for_each_name(const std::function<void(std::string_view)>& visit) const {
  BlockReader reader(*file_);
  for (std::uint64_t at = 0; at < names_range_.size;) {
    const auto room = std::min<std::uint64_t>(longest_name, names_range_.size - at);
    const auto name = reader.text_at(names_range_.offset + at, static_cast<std::size_t>(room));
    if (!name.empty()) visit(name);
    at += name.size() + 1;
  }
}

void GoFunctions::for_each_file(const std::function<void(std::string_view)>& visit) const {
  BlockReader reader(*file_);
  std::uint64_t at = 0;
  for (std::uint64_t i = 0; i < file_count_ && at < files_range_.size; ++i) {
    const auto room = std::min<std::uint64_t>(longest_name, files_range_.size - at);
    const auto name = reader.text_at(files_range_.offset + at, static_cast<std::size_t>(room));
    if (name.size() == room) return;  // it has no end
    visit(name);
    at += name.size() + 1;
  }
}

}  // namespace whittle::binaries
