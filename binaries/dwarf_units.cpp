#include "binaries/dwarf_units.hpp"

#include <zlib.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "binaries/fields.hpp"
#include "common/error.hpp"

namespace whittle::binaries {
namespace {

constexpr std::uint64_t section_compressed = 0x800;
constexpr std::uint64_t most_content = 256U << 20U;
constexpr std::size_t most_abbreviations = 1U << 20U;  // bytes
constexpr std::size_t most_strings = 100;
constexpr std::size_t longest_string = 4'096;
constexpr std::uint64_t most_steps = 50'000'000;  // over shapes of entries, of all units

// The content of a section from its start to its end, decompressed on the way (gABI, "Section compression").
class SectionStream {
 public:
  SectionStream(const RandomAccess& file, const Elf& elf, const ElfSection& section)
      : file_(file), at_(section.offset), left_(section.size) {
    if ((section.flags & section_compressed) == 0) return;
    const std::size_t header_size = elf.is_64_bit ? 24 : 12;
    constexpr std::uint32_t zlib = 1;
    if (left_ < header_size || Fields(file.read(at_, 4), elf.is_little_endian).word(0) != zlib) {
      left_ = 0;
      return;
    }
    at_ += header_size;
    left_ -= header_size;
    inflater_ = std::make_unique<z_stream>();
    if (inflateInit(inflater_.get()) != Z_OK) throw Error(ErrorKind::machine_limit, "zlib has no memory");
  }
  ~SectionStream() {
    if (inflater_) inflateEnd(inflater_.get());
  }
  SectionStream(const SectionStream&) = delete;
  SectionStream& operator=(const SectionStream&) = delete;

  // The next bytes, which stay; fewer at the end.
  std::string peek(std::size_t count) {
    fill(count);
    return ahead_.substr(0, count);
  }
  void skip(std::uint64_t count) {
    const auto held = std::min<std::uint64_t>(count, ahead_.size());
    ahead_.erase(0, static_cast<std::size_t>(held));
    count -= held;
    if (!inflater_) {
      const auto step = std::min(count, left_);
      at_ += step;
      left_ -= step;
      return;
    }
    while (count > 0 && fill(1)) {
      const auto part = std::min<std::uint64_t>(count, ahead_.size());
      ahead_.erase(0, static_cast<std::size_t>(part));
      count -= part;
    }
  }

 private:
  static constexpr std::size_t step_size = 64U << 10U;

  bool fill(std::size_t count) {
    while (ahead_.size() < count && (inflater_ ? inflate_more() : read_more())) {
    }
    return ahead_.size() >= count;
  }
  bool read_more() {
    auto bytes = file_.read(at_, static_cast<std::size_t>(std::min<std::uint64_t>(step_size, left_)));
    at_ += bytes.size();
    left_ -= bytes.size();
    ahead_ += bytes;
    return !bytes.empty();
  }
  bool inflate_more() {
    if (ended_ || inflated_ > most_content) return false;
    if (inflater_->avail_in == 0) {
      input_ = file_.read(at_, static_cast<std::size_t>(std::min<std::uint64_t>(step_size, left_)));
      at_ += input_.size();
      left_ -= input_.size();
      inflater_->next_in = reinterpret_cast<Bytef*>(input_.data());
      inflater_->avail_in = static_cast<uInt>(input_.size());
    }
    std::string output(step_size, '\0');
    inflater_->next_out = reinterpret_cast<Bytef*>(output.data());
    inflater_->avail_out = static_cast<uInt>(output.size());
    ended_ = inflate(inflater_.get(), Z_NO_FLUSH) != Z_OK;
    output.resize(output.size() - inflater_->avail_out);
    inflated_ += output.size();
    ahead_ += output;
    return !output.empty() || !ended_;
  }

  const RandomAccess& file_;
  std::uint64_t at_;
  std::uint64_t left_;
  std::uint64_t inflated_ = 0;
  bool ended_ = false;
  std::unique_ptr<z_stream> inflater_;
  std::string input_;
  std::string ahead_;
};

// Walks over bytes; what lies behind their end throws Error(integrity).
class Cursor {
 public:
  Cursor(std::string_view bytes, bool little) : bytes_(bytes), little_(little) {}

  std::uint64_t number(std::size_t width) {
    const auto value = number_in(bytes_, at_, width, little_);
    at_ += width;
    return value;
  }
  std::uint64_t leb128() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = number(1);
      value |= (byte & 0x7fU) << shift;
      if ((byte & 0x80U) == 0) return value;
    }
    throw Error(ErrorKind::integrity, "a number of the debug information has no end");
  }
  std::string text() {
    const auto end = bytes_.find('\0', std::min(at_, bytes_.size()));
    if (end == std::string_view::npos)
      throw Error(ErrorKind::integrity, "a text of the debug information has no end");
    std::string result(bytes_.substr(at_, end - at_));
    at_ = end + 1;
    return result;
  }
  void skip(std::uint64_t count) {
    if (count > bytes_.size() - at_)
      throw Error(ErrorKind::integrity, "the debug information ends inside a unit");
    at_ += static_cast<std::size_t>(count);
  }
  void go_to(std::uint64_t at) {
    if (at > bytes_.size())
      throw Error(ErrorKind::integrity, "an offset of the debug information lies outside");
    at_ = static_cast<std::size_t>(at);
  }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool little_;
};

struct UnitHeader {
  std::uint64_t next = 0;  // bytes from its start to the next unit's
  std::uint64_t version = 0;
  std::uint64_t abbreviations = 0;
  std::size_t address_size = 0;
  std::size_t offset_size = 4;
  bool is_compile_unit = true;
};

UnitHeader read_unit_header(Cursor& unit) {
  UnitHeader header;
  auto length = unit.number(4);
  constexpr std::uint64_t wide = 0xffffffff;
  if (length == wide) {
    header.offset_size = 8;
    length = unit.number(8);
  }
  if (length > UINT64_MAX / 2)
    throw Error(ErrorKind::integrity, "a unit of the debug information is too long");
  header.next = length + (header.offset_size == 8 ? 12 : 4);
  header.version = unit.number(2);
  if (header.version < 2 || header.version > 5)
    throw Error(ErrorKind::unsupported, "the debug information is of an unknown version");
  constexpr std::uint64_t compile_unit = 1;
  if (header.version == 5) {
    header.is_compile_unit = unit.number(1) == compile_unit;
    header.address_size = static_cast<std::size_t>(unit.number(1));
    header.abbreviations = unit.number(header.offset_size);
  } else {
    header.abbreviations = unit.number(header.offset_size);
    header.address_size = static_cast<std::size_t>(unit.number(1));
  }
  if (header.address_size > 8)
    throw Error(ErrorKind::integrity, "the debug information has addresses of odd size");
  return header;
}

// The text of a string section, when that lies in the file as it is.
std::optional<std::string> text_in(const RandomAccess& file, const Elf& elf, std::string_view name,
                                   std::uint64_t offset) {
  const auto* section = elf.section(name);
  if (section == nullptr || (section->flags & section_compressed) != 0 || offset >= section->size)
    return std::nullopt;
  const auto room = std::min<std::uint64_t>(longest_string, section->size - offset);
  auto text = file.read(section->offset + offset, static_cast<std::size_t>(room));
  const auto end = text.find('\0');
  if (end == std::string::npos) return std::nullopt;
  text.resize(end);
  return text;
}

class UnitReader {
 public:
  UnitReader(const RandomAccess& file, const Elf& elf, DebugInfo& info)
      : file_(file), elf_(elf), info_(info) {
    if (const auto* section = elf.section(".debug_abbrev"))
      abbreviations_ = SectionStream(file, elf, *section).peek(most_abbreviations);
  }

  // The first entry of the unit, whose start `bytes` holds.
  void read(Cursor unit, const UnitHeader& header) {
    const auto code = unit.leb128();
    Cursor shape(abbreviations_, elf_.is_little_endian);
    shape.go_to(header.abbreviations);
    find_shape(shape, code);
    for (;;) {
      const auto name = shape.leb128();
      const auto form = shape.leb128();
      if (name == 0 && form == 0) return;
      constexpr std::uint64_t implicit_constant = 0x21;
      if (form == implicit_constant) {
        shape.leb128();
        continue;
      }
      const auto text = value(unit, form, header);
      if (!text) continue;
      constexpr std::uint64_t at_producer = 0x25;
      constexpr std::uint64_t at_comp_dir = 0x1b;
      if (name == at_producer) keep(info_.producers, *text);
      if (name == at_comp_dir) keep(info_.folders, *text);
    }
  }

 private:
  // The shape with that code in the table at which `shape` stands (section 7.5.3).
  void find_shape(Cursor& shape, std::uint64_t code) {
    for (;;) {
      if (++steps_ > most_steps)
        throw Error(ErrorKind::limit, "the debug information takes too long to be read");
      const auto found = shape.leb128();
      if (found == 0)
        throw Error(ErrorKind::integrity, "an entry of the debug information has an unknown shape");
      shape.leb128();  // the tag
      shape.number(1);
      if (found == code) return;
      for (;;) {
        const auto name = shape.leb128();
        const auto form = shape.leb128();
        if (form == 0x21) shape.leb128();
        if (name == 0 && form == 0) break;
        ++steps_;
      }
    }
  }

  // Moves past a value (section 7.5.6); gives it when it is a text that can be read.
  std::optional<std::string> value(Cursor& unit, std::uint64_t form, const UnitHeader& header) const {
    switch (form) {
      case 0x08:
        return unit.text();  // string
      case 0x0e:
        return text_in(file_, elf_, ".debug_str", unit.number(header.offset_size));  // strp
      case 0x1f:
        return text_in(file_, elf_, ".debug_line_str", unit.number(header.offset_size));  // line_strp
      case 0x01:
        unit.skip(header.address_size);
        break;  // addr
      case 0x0b:
      case 0x0c:
      case 0x11:
      case 0x25:
      case 0x29:
        unit.skip(1);
        break;  // data1, flag, ref1, strx1, addrx1
      case 0x05:
      case 0x12:
      case 0x26:
      case 0x2a:
        unit.skip(2);
        break;
      case 0x27:
      case 0x2b:
        unit.skip(3);
        break;
      case 0x06:
      case 0x13:
      case 0x1c:
      case 0x28:
      case 0x2c:
        unit.skip(4);
        break;
      case 0x07:
      case 0x14:
      case 0x20:
      case 0x24:
        unit.skip(8);
        break;
      case 0x1e:
        unit.skip(16);
        break;
      case 0x17:
      case 0x1d:
        unit.skip(header.offset_size);
        break;  // sec_offset, strp_sup
      case 0x10:
        unit.skip(header.version == 2 ? header.address_size : header.offset_size);
        break;
      case 0x0d:
      case 0x0f:
      case 0x15:
      case 0x1a:
      case 0x1b:
      case 0x22:
      case 0x23:
        unit.leb128();
        break;
      case 0x09:
      case 0x18:
        unit.skip(unit.leb128());
        break;  // block, exprloc
      case 0x0a:
        unit.skip(unit.number(1));
        break;
      case 0x03:
        unit.skip(unit.number(2));
        break;
      case 0x04:
        unit.skip(unit.number(4));
        break;
      case 0x19:
        break;  // flag_present
      default:
        throw Error(ErrorKind::unsupported, "the debug information has values of an unknown form");
    }
    return std::nullopt;
  }

  static void keep(std::set<std::string>& texts, const std::string& text) {
    if (texts.size() < most_strings) texts.insert(text.substr(0, longest_string));
  }

  const RandomAccess& file_;
  const Elf& elf_;
  DebugInfo& info_;
  std::string abbreviations_;
  std::uint64_t steps_ = 0;
};

void read_units(const RandomAccess& file, const Elf& elf, const ElfSection& section, DebugInfo& info) {
  SectionStream stream(file, elf, section);
  UnitReader reader(file, elf, info);
  constexpr std::size_t start_of_unit = 16U << 10U;  // header and first entry
  constexpr std::uint64_t most_units = 1'000'000;
  while (info.units < most_units) {
    const auto bytes = stream.peek(start_of_unit);
    if (bytes.empty()) {
      info.complete = true;
      return;
    }
    Cursor unit(bytes, elf.is_little_endian);
    const auto header = read_unit_header(unit);
    if (header.is_compile_unit) reader.read(unit, header);
    ++info.units;
    stream.skip(header.next);
  }
}

}  // namespace

DebugInfo read_debug_info(const RandomAccess& file, const Elf& elf) {
  DebugInfo info;
  for (const auto& section : elf.sections) {
    if (!section.name.starts_with(".debug_") && !section.name.starts_with(".zdebug_")) continue;
    info.size += section.size;
    if ((section.flags & section_compressed) != 0 || section.name.starts_with(".zdebug_"))
      info.compressed = true;
  }
  const auto* units = elf.section(".debug_info");
  info.present = units != nullptr || elf.section(".zdebug_info") != nullptr;
  if (units == nullptr) return info;
  try {
    read_units(file, elf, *units, info);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io || error.kind() == ErrorKind::machine_limit) throw;
  }
  return info;
}

}  // namespace whittle::binaries
