#include "binaries/build_info.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "binaries/fields.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::binaries {
namespace {

// Written by the linker at a multiple of 16: magic, pointer size, flags, then from offset 32 two strings,
// each preceded by its length as a varint (cmd/link, since Go 1.18). Before, addresses of strings stood at
// offset 16.
constexpr std::string_view info_magic = "\xff Go buildinf:";
constexpr std::size_t info_alignment = 16;
constexpr std::size_t info_header_size = 32;
constexpr std::size_t largest_record = 16U << 20U;
constexpr char flag_inline_strings = 2;

[[noreturn]] void refuse_build_info(std::string_view why) {
  throw Error(ErrorKind::integrity, fmt::format("the Go build information is broken: {}", why));
}

// Reads the length-prefixed string at `offset` and moves past it.
std::string take_string(const RandomAccess& file, std::uint64_t& offset) {
  const std::string prefix = file.read(offset, 10);
  std::uint64_t length = 0;
  std::size_t used = 0;
  for (;; ++used) {
    if (used >= prefix.size()) refuse_build_info("a length has no end");
    const auto byte = static_cast<unsigned char>(prefix[used]);
    length |= static_cast<std::uint64_t>(byte & 0x7fU) << (7 * used);
    if ((byte & 0x80U) == 0) break;
  }
  ++used;
  if (length > largest_record) refuse_build_info("a string is longer than 16 MiB");
  std::string text = file.read(offset + used, static_cast<std::size_t>(length));
  if (text.size() != length) refuse_build_info("it ends inside a string");
  offset += used + length;
  return text;
}

// Go 1.13 to 1.17: two addresses of strings' headers, each an address and a length. A program of several
// parts, whose addresses are filled in when it is loaded, has none: "" then.
std::string string_at(const RandomAccess& file, const Elf& elf, std::uint64_t offset, std::size_t width) {
  const auto number = [&](std::uint64_t at) {
    const auto bytes = file.read(at, width);
    if (bytes.size() < width) refuse_build_info("it ends inside an address");
    return number_in(bytes, 0, width, elf.is_little_endian);
  };
  const auto header = elf.offset_of(number(offset));
  if (!header) return {};
  const auto place = elf.offset_of(number(*header));
  const auto length = number(*header + width);
  if (length > largest_record) refuse_build_info("a string is longer than 16 MiB");
  if (!place || length == 0) return {};
  auto text = file.read(*place, static_cast<std::size_t>(length));
  if (text.size() != length) refuse_build_info("it ends inside a string");
  return text;
}

// The version of Go and the text about modules.
struct Record {
  std::string version;
  std::string modules;
};

Record read_record(const RandomAccess& file, const Elf& elf, std::uint64_t offset) {
  const std::string header = file.read(offset, info_header_size);
  if (header.size() < info_header_size) refuse_build_info("it ends inside its header");
  if ((header[15] & flag_inline_strings) != 0) {
    offset += info_header_size;
    auto version = take_string(file, offset);
    return {std::move(version), take_string(file, offset)};
  }
  const auto width = static_cast<std::size_t>(header[14]);
  if (width != 4 && width != 8) refuse_build_info("its addresses have no size");
  return {string_at(file, elf, offset + 16, width), string_at(file, elf, offset + 16 + width, width)};
}

// The record's offset within [begin, begin + size), looked for at aligned offsets.
std::optional<std::uint64_t> find_magic(const RandomAccess& file, std::uint64_t begin, std::uint64_t size) {
  constexpr std::size_t step = 1U << 20U;
  for (std::uint64_t done = 0; done < size; done += step) {
    const std::string block =
        file.read(begin + done, static_cast<std::size_t>(std::min<std::uint64_t>(step, size - done)));
    for (std::size_t i = 0; i + info_magic.size() <= block.size(); i += info_alignment)
      if (std::string_view(block).substr(i, info_magic.size()) == info_magic) return begin + done + i;
    if (block.size() < step) break;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> find_record(const RandomAccess& file, const Elf& elf) {
  if (const auto* section = elf.section(".go.buildinfo"))
    return find_magic(file, section->offset, section->size);
  for (const auto& segment : elf.segments)  // without section headers: the first writable loaded segment
    if (segment.type == 1 && (segment.flags & 3U) == 2U)
      return find_magic(file, segment.offset, segment.file_size);
  return std::nullopt;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

GoModule module_from(const std::vector<std::string_view>& fields) {
  const auto field = [&](std::size_t i) {
    return i < fields.size() ? std::string(fields[i]) : std::string();
  };
  if (field(1).empty()) refuse_build_info("a module has no path");
  return {field(1), field(2), field(3)};
}

// A value may be a Go string literal in double quotes or backquotes; nothing but \" and \\ matters to us.
std::string unquoted(std::string_view value) {
  if (value.size() < 2 || value.front() != value.back() || (value.front() != '"' && value.front() != '`'))
    return std::string(value);
  const bool raw = value.front() == '`';
  value = value.substr(1, value.size() - 2);
  std::string result;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (!raw && value[i] == '\\' && i + 1 < value.size()) ++i;
    result += value[i];
  }
  return result;
}

}  // namespace

BuildInfo parse_module_info(std::string_view text) {
  BuildInfo info;
  for (const auto line : split(text, '\n')) {
    const auto fields = split(line, '\t');
    const auto kind = fields.front();
    if (kind == "path" && fields.size() > 1) {
      info.path = fields[1];
    } else if (kind == "mod") {
      info.main_module = module_from(fields);
    } else if (kind == "dep") {
      info.dependencies.push_back({module_from(fields)});
    } else if (kind == "=>") {
      if (info.dependencies.empty()) refuse_build_info("what replaces a module stands before any");
      info.dependencies.back().replacement = module_from(fields);
    } else if (kind == "build" && fields.size() > 1) {
      const std::string_view setting = line.substr(kind.size() + 1);
      const auto equals = setting.find('=');
      if (equals != std::string_view::npos)
        info.settings[unquoted(setting.substr(0, equals))] = unquoted(setting.substr(equals + 1));
    }
  }
  return info;
}

std::optional<BuildInfo> read_build_info(const RandomAccess& file, const Elf& elf) {
  const auto record = find_record(file, elf);
  if (!record) return std::nullopt;
  auto [version, modules] = read_record(file, elf, *record);
  if (version.empty()) return std::nullopt;
  // The module text stands between two marks of 16 bytes, by which it can be found in a running process.
  constexpr std::size_t mark = 16;
  if (modules.size() >= 2 * mark + 1 && modules[modules.size() - mark - 1] == '\n')
    modules = modules.substr(mark, modules.size() - 2 * mark);
  else
    modules.clear();
  BuildInfo info = parse_module_info(modules);
  info.go_version = version;
  return info;
}

}  // namespace whittle::binaries
