#include "binaries/elf_stripping.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "binaries/elf.hpp"
#include "binaries/fields.hpp"
#include "common/error.hpp"

namespace whittle::binaries {
namespace {

// gABI, chapter 4, "Sections".
constexpr std::uint32_t sht_symtab = 2;
constexpr std::uint32_t sht_strtab = 3;
constexpr std::uint32_t sht_rel = 9;
constexpr std::uint32_t sht_group = 17;
constexpr std::uint32_t sht_symtab_shndx = 18;
constexpr std::uint64_t shf_alloc = 2;
constexpr std::uint64_t shf_info_link = 0x40;
constexpr std::uint16_t et_exec = 2;
constexpr std::uint16_t et_dyn = 3;
constexpr std::size_t most_sections = 0xff00;  // beyond it their number stands elsewhere (SHN_LORESERVE)

// Where the fields of a section header and of the file's header lie.
struct Format {
  bool wide;
  bool little;
  std::size_t section_size() const { return wide ? 64 : 40; }
  std::size_t address_size() const { return wide ? 8 : 4; }
  std::size_t offset_at() const { return wide ? 24 : 16; }
  std::size_t size_at() const { return wide ? 32 : 20; }
  std::size_t link_at() const { return wide ? 40 : 24; }
  std::size_t info_at() const { return wide ? 44 : 28; }
  std::size_t align_at() const { return wide ? 48 : 32; }
  std::size_t header_size() const { return wide ? 64 : 52; }
  std::size_t table_at() const { return wide ? 40 : 32; }
  std::size_t entry_size_at() const { return wide ? 58 : 46; }
  std::size_t count_at() const { return wide ? 60 : 48; }
  std::size_t names_at() const { return wide ? 62 : 50; }

  void put(std::string& bytes, std::size_t at, std::uint64_t value, std::size_t width) const {
    for (std::size_t i = 0; i < width; ++i)
      bytes[at + (little ? i : width - 1 - i)] = static_cast<char>(value >> (8 * i) & 0xffU);
  }
};

bool is_debug(std::string_view name) {
  static constexpr std::array<std::string_view, 4> beginnings = {".debug_", ".zdebug_", ".stab",
                                                                 ".gnu.debuglto_"};
  return name == ".gdb_index" || name == ".line" ||
         std::any_of(beginnings.begin(), beginnings.end(), [&](auto one) { return name.starts_with(one); });
}

// What tools make and no program looks for in itself.
bool is_of_tools(std::string_view name) {
  static constexpr std::array<std::string_view, 9> names = {
      ".comment",        ".gnu_debuglink",    ".gnu_debugaltlink", ".gnu_debugdata", ".ARM.attributes",
      ".gnu.attributes", ".riscv.attributes", ".GCC.command.line", ".annobin.notes"};
  return std::find(names.begin(), names.end(), name) != names.end() || name.starts_with(".note") ||
         name.starts_with(".gnu.build.attributes");
}

struct Section {
  ElfSection fields;
  std::string header;  // as it stands in the file
  std::uint32_t link = 0;
  std::uint32_t info = 0;
  bool goes = false;

  bool is_loaded() const { return (fields.flags & shf_alloc) != 0; }
  bool has_bytes() const { return fields.type != sht_null && fields.type != sht_nobits && fields.size > 0; }
  std::uint64_t end() const { return has_bytes() ? fields.offset + fields.size : 0; }
};

constexpr std::string_view padding = {"\0\0\0\0\0\0\0\0", 8};

class Work {
 public:
  Work(const RandomAccess& file, const Elf& elf)
      : file_(file), elf_(elf), format_{elf.is_64_bit, elf.is_little_endian} {}

  Stripping run() {
    if (elf_.type != et_exec && elf_.type != et_dyn) return {};
    if (!read_sections() || !choose()) return {};
    find_end_of_loaded();
    if (auto why = refusal(); !why.empty()) return {std::nullopt, std::move(why)};
    lay_out();
    // A file whose few symbols are replaced by as much of headers is left as it was.
    if (result_.size >= file_.size()) return {};
    return {std::move(result_), {}};
  }

 private:
  // Whether there are headers of the usual form.
  bool read_sections() {
    const auto count = elf_.sections.size();
    if (count < 2 || count >= most_sections || elf_.section_table.size != count * format_.section_size())
      return false;
    const Fields header(file_.read(0, format_.header_size()), format_.little);
    names_ = header.half(format_.names_at());
    if (names_ == 0 || names_ >= count || elf_.sections[names_].type != sht_strtab) return false;
    for (std::size_t i = 0; i < count; ++i) {
      Section section{elf_.sections[i], file_.read(elf_.section_table.offset + i * format_.section_size(),
                                                   format_.section_size())};
      const Fields fields(section.header, format_.little);
      section.link = fields.word(format_.link_at());
      section.info = fields.word(format_.info_at());
      sections_.push_back(std::move(section));
    }
    return true;
  }

  // The symbol table, the names that only it has, and debug information. False when there is none of them.
  bool choose() {
    for (auto& section : sections_) {
      if (section.is_loaded() || section.fields.type == sht_null) continue;
      const auto type = section.fields.type;
      section.goes = type == sht_symtab || type == sht_symtab_shndx || is_debug(section.fields.name);
    }
    for (std::size_t i = 1; i < sections_.size(); ++i) {
      auto& names = sections_[i];
      if (names.fields.type != sht_strtab || names.is_loaded() || names.goes || i == names_) continue;
      bool is_used = false;
      bool is_stayers = false;
      for (const auto& section : sections_) {
        if (section.link != i || section.fields.type == sht_null) continue;
        is_used = true;
        is_stayers = is_stayers || !section.goes;
      }
      names.goes = is_used && !is_stayers;
    }
    return std::any_of(sections_.begin(), sections_.end(), [](const Section& one) { return one.goes; });
  }

  // Up to here the file stays as it is: segments, sections that are loaded, program headers.
  void find_end_of_loaded() {
    end_ =
        std::max<std::uint64_t>(format_.header_size(), elf_.segment_table.offset + elf_.segment_table.size);
    for (const auto& segment : elf_.segments)
      if (segment.file_size > 0) end_ = std::max(end_, segment.offset + segment.file_size);
    for (const auto& section : sections_)
      if (section.is_loaded()) end_ = std::max(end_, section.end());
  }

  // Why the file has to stay as it is; nothing when it need not.
  std::string refusal() const {
    if (end_ > file_.size()) return "it says more of itself than there is";
    for (const auto& section : sections_) {
      const auto type = section.fields.type;
      const auto& name = section.fields.name;
      if (name == ".text" && type == sht_nobits)
        return "it is debug information, kept apart from its program";
      if (name == ".modinfo" || name == ".gnu.linkonce.this_module") return "it is a kernel module";
      if (section.is_loaded() || type == sht_null) continue;
      if (type == sht_rel || type == sht_rela || type == sht_group) return "it can still be linked";
      const bool is_before = section.has_bytes() && section.fields.offset < end_;
      if (is_before && (section.goes || section.end() > end_))
        return "what is loaded lies behind its symbols";
      const bool is_names = type == sht_strtab;
      if (!section.goes && !is_names && section.has_bytes() && !is_of_tools(name))
        return "it has a section of its own, " + name;
    }
    return has_unknown_bytes() ? "it has data that belongs to no section" : "";
  }

  // Bytes behind what is loaded that are neither of a section nor between two: an archive, a script, a file
  // system that the program finds in itself. What links sections leaves zeros between them, less than a page.
  bool has_unknown_bytes() const {
    constexpr std::uint64_t page = 4096;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> known = {
        {elf_.section_table.offset, elf_.section_table.offset + elf_.section_table.size},
        {file_.size(), file_.size()}};
    for (const auto& section : sections_)
      if (section.has_bytes()) known.emplace_back(section.fields.offset, section.end());
    std::sort(known.begin(), known.end());
    auto at = end_;
    for (const auto& [begin, end] : known) {
      if (begin > at && (begin - at >= page || !is_zero(at, begin - at))) return true;
      at = std::max(at, end);
    }
    return false;
  }
  bool is_zero(std::uint64_t offset, std::uint64_t size) const {
    const auto bytes = file_.read(offset, static_cast<std::size_t>(size));
    return bytes.find_first_not_of('\0') == std::string::npos;
  }

  void lay_out() {
    number_sections();
    result_.parts.push_back({0, 0, file_.read(0, format_.header_size())});
    result_.parts.push_back({format_.header_size(), end_ - format_.header_size(), {}});
    result_.size = end_;
    for (std::size_t i = 0; i < sections_.size(); ++i) {
      auto& section = sections_[i];
      const bool moves = !section.goes && !section.is_loaded() && i != names_ && section.has_bytes() &&
                         section.fields.offset >= end_;
      if (moves) move_behind(section);
    }
    add_names();
    add_table();
  }

  // Sections keep their number where a symbol that is loaded may name it: what goes leaves an unused header.
  void number_sections() {
    const bool has_symbols = std::any_of(sections_.begin(), sections_.end(), [](const Section& one) {
      return one.is_loaded() && one.fields.type != sht_null && one.fields.name == ".dynsym";
    });
    std::size_t last_loaded = 0;
    for (std::size_t i = 0; i < sections_.size(); ++i)
      if (sections_[i].is_loaded()) last_loaded = i;
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < sections_.size(); ++i) {
      if (sections_[i].goes) result_.removed.push_back(sections_[i].fields.name);
      const bool is_left = !sections_[i].goes || (has_symbols && i < last_loaded);
      numbers_.push_back(is_left ? next++ : 0);
      is_left_.push_back(is_left);
    }
  }

  void append(std::string bytes) {
    if (bytes.empty()) return;
    result_.size += bytes.size();
    result_.parts.push_back({0, 0, std::move(bytes)});
  }
  void align(std::uint64_t alignment) {
    alignment = std::clamp<std::uint64_t>(alignment, 1, padding.size());
    append(std::string(
        padding.substr(0, static_cast<std::size_t>((alignment - result_.size % alignment) % alignment))));
  }

  void move_behind(Section& section) {
    align(Fields(section.header, format_.little).number(format_.align_at(), format_.address_size()));
    result_.parts.push_back({section.fields.offset, section.fields.size, {}});
    format_.put(section.header, format_.offset_at(), result_.size, format_.address_size());
    result_.size += section.fields.size;
  }

  void add_names() {
    std::string names(1, '\0');
    for (std::size_t i = 0; i < sections_.size(); ++i) {
      auto& section = sections_[i];
      if (section.goes || section.fields.type == sht_null) continue;
      const auto at = section.fields.name.empty() ? 0 : names.size();
      if (at > 0) names += section.fields.name + '\0';
      format_.put(section.header, 0, at, 4);
    }
    auto& header = sections_[names_].header;
    format_.put(header, format_.offset_at(), result_.size, format_.address_size());
    format_.put(header, format_.size_at(), names.size(), format_.address_size());
    append(std::move(names));
  }

  void add_table() {
    align(8);
    const auto offset = result_.size;
    std::string table;
    for (std::size_t i = 0; i < sections_.size(); ++i) {
      if (!is_left_[i]) continue;
      table += sections_[i].goes ? std::string(format_.section_size(), '\0') : renumbered(sections_[i]);
    }
    const auto count = table.size() / format_.section_size();
    append(std::move(table));
    auto& header = result_.parts.front().bytes;
    format_.put(header, format_.table_at(), offset, format_.address_size());
    format_.put(header, format_.count_at(), count, 2);
    format_.put(header, format_.names_at(), numbers_[names_], 2);
  }

  // sh_link is a section's number, sh_info is where the flag says so or it holds relocations (gABI, figure
  // 4-16).
  std::string renumbered(const Section& section) const {
    auto header = section.header;
    const auto number = [&](std::uint32_t old) { return old < numbers_.size() ? numbers_[old] : old; };
    const auto type = section.fields.type;
    format_.put(header, format_.link_at(), number(section.link), 4);
    if ((section.fields.flags & shf_info_link) != 0 || type == sht_rel || type == sht_rela)
      format_.put(header, format_.info_at(), number(section.info), 4);
    return header;
  }

  const RandomAccess& file_;
  const Elf& elf_;
  Format format_;
  std::size_t names_ = 0;  // number of the section that has the names of sections
  std::vector<Section> sections_ = {};
  std::uint64_t end_ = 0;                    // of what stays where it is
  std::vector<std::uint32_t> numbers_ = {};  // of each section in the new table; 0 where it has none
  std::vector<bool> is_left_ = {};
  StrippedElf result_ = {};
};

}  // namespace

Stripping strip_elf(const RandomAccess& file) {
  try {
    if (!is_elf(file)) return {};
    const auto elf = read_elf(file);
    return Work(file, elf).run();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::integrity) throw;
    return {};
  }
}

}  // namespace whittle::binaries
