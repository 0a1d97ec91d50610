#include "layers/tar_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <vector>

#include "common/error.hpp"
#include "layers/tar_header.hpp"

namespace whittle::layers {
namespace {

using namespace std::string_view_literals;

// Of one extended header; a path may have 4,096 bytes, and other records are of no interest here.
constexpr std::uint64_t longest_extended = 1U << 20U;

std::string_view text_field(std::string_view block, std::size_t offset, std::size_t length) {
  const auto field = block.substr(offset, length);
  return field.substr(0, field.find('\0'));
}

// As it would lie below a root that nothing leads out of.
std::string normal_path(std::string_view path) {
  std::string normal;
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    const auto component = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (component.empty() || component == ".") continue;
    if (component == "..") {
      normal.resize(normal.find('/') == std::string::npos ? 0 : normal.rfind('/'));
      continue;
    }
    if (!normal.empty()) normal += '/';
    normal += component;
  }
  return normal;
}

std::uint64_t padded(std::uint64_t size) {
  return (size + tar_block - 1) / tar_block * tar_block;
}

}  // namespace

void TarReader::broken(std::string_view why) const {
  throw Error(ErrorKind::integrity, fmt::format("{} is not a tar archive: {}", what_, why));
}

// False at the end, which must lie between two blocks.
bool TarReader::read_block(MutableBytes block) {
  std::size_t filled = 0;
  while (filled < block.size()) {
    const auto count = in_.read(block.subspan(filled));
    if (count == 0 && filled == 0) return false;
    if (count == 0) broken("it ends in the middle of a block");
    filled += count;
  }
  position_ += filled;
  return true;
}

void TarReader::skip(std::uint64_t bytes) {
  position_ += bytes;
  if (jump_) {
    if (!jump_(bytes)) broken("it ends in the middle of a file");
    return;
  }
  std::vector<std::byte> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, stream_buffer_size)));
  while (bytes > 0) {
    const auto count = in_.read(
        MutableBytes(buffer).first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, buffer.size()))));
    if (count == 0) broken("it ends in the middle of a file");
    bytes -= count;
  }
}

std::string TarReader::read_text(std::uint64_t size) {
  if (size > longest_extended)
    throw Error(ErrorKind::limit, fmt::format("{} has an extended header of {} bytes", what_, size));
  std::string text(static_cast<std::size_t>(padded(size)), '\0');
  if (!text.empty() && !read_block(std::as_writable_bytes(std::span(text)))) broken("it ends in a header");
  text.resize(static_cast<std::size_t>(size));
  return text;
}

// Octal digits among blanks; or, of GNU, a binary number behind a byte of 0x80.
std::uint64_t TarReader::number(std::string_view field) const {
  std::uint64_t value = 0;
  if (field[0] == '\x80') {
    for (const char byte : field.substr(1)) {
      if (value >> 56U != 0) broken("a number in a header is too large");
      value = value << 8U | static_cast<unsigned char>(byte);
    }
    return value;
  }
  const auto from = std::min(field.find_first_not_of(' '), field.size());
  const auto digits = field.substr(from, field.find_first_of(" \0"sv, from) - from);
  if (digits.empty()) return 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 8);
  if (error != std::errc() || end != digits.data() + digits.size())
    broken("a header has no number where one belongs");
  return value;
}

std::uint64_t TarReader::decimal(std::string_view text) const {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size())
    broken("an extended header has no number where one belongs");
  return value;
}

std::uint32_t TarReader::small(std::uint64_t value) const {
  if (value > std::numeric_limits<std::uint32_t>::max()) broken("an owner's number is too large");
  return static_cast<std::uint32_t>(value);
}

void TarReader::check_sum(std::string_view block) const {
  constexpr std::size_t offset = 148;
  constexpr std::size_t length = 8;
  std::uint64_t sum = length * ' ';  // the field itself counts as blanks
  for (std::size_t i = 0; i < block.size(); ++i)
    if (i < offset || i >= offset + length) sum += static_cast<unsigned char>(block[i]);
  if (sum != number(block.substr(offset, length))) broken("the checksum of a header is wrong");
}

// "LENGTH KEY=VALUE\n", where LENGTH counts all of it.
void TarReader::read_records(std::string_view records, Extended& extended) const {
  while (!records.empty()) {
    const auto blank = records.find(' ');
    if (blank == std::string_view::npos) broken("an extended header has no records");
    const auto length = decimal(records.substr(0, blank));
    if (length < blank + 3 || length > records.size() ||
        records[static_cast<std::size_t>(length) - 1] != '\n')
      broken("a record of an extended header has a wrong length");
    const auto record = records.substr(blank + 1, static_cast<std::size_t>(length) - blank - 2);
    records.remove_prefix(static_cast<std::size_t>(length));
    const auto equals = record.find('=');
    if (equals == std::string_view::npos) broken("a record of an extended header has no value");
    const auto key = record.substr(0, equals);
    const auto value = record.substr(equals + 1);
    if (key == "path") extended.path = value;
    if (key == "linkpath") extended.target = value;
    if (key == "size") extended.size = decimal(value);
    if (key == "uid") extended.uid = decimal(value);
    if (key == "gid") extended.gid = decimal(value);
  }
}

// Whether the header of that type only says something of the one behind it.
bool TarReader::take_extended(char type, std::uint64_t size, Extended& extended) {
  const auto name = [&] {
    const auto text = read_text(size);
    return text.substr(0, text.find('\0'));
  };
  if (type == 'x')
    read_records(read_text(size), extended);
  else if (type == 'L')
    extended.path = name();
  else if (type == 'K')
    extended.target = name();
  else if (type == 'g' || type == 'V')  // of the whole archive: a comment
    read_text(size);
  else
    return false;
  return true;
}

TarEntry TarReader::entry_of(std::string_view block, const Extended& extended) const {
  TarEntry entry;
  const bool ustar = block.substr(257, 6) == "ustar\0"sv;  // in GNU's own format the prefix is something else
  const auto prefix = ustar ? text_field(block, 345, 155) : std::string_view();
  std::string path(text_field(block, 0, 100));
  if (!prefix.empty()) path = fmt::format("{}/{}", prefix, path);
  if (extended.path) path = *extended.path;
  entry.path = normal_path(path);
  entry.written = std::move(path);
  entry.target = extended.target.value_or(std::string(text_field(block, 157, 100)));
  entry.type = block[156];
  if ((entry.type == '0' || entry.type == '\0') && entry.written.ends_with('/'))
    entry.type = '5';  // before ustar
  entry.mode = static_cast<std::uint32_t>(number(block.substr(100, 8)) & 07777U);
  entry.uid = small(extended.uid.value_or(number(block.substr(108, 8))));
  entry.gid = small(extended.gid.value_or(number(block.substr(116, 8))));
  return entry;
}

std::optional<TarEntry> TarReader::next() {
  std::array<std::byte, tar_block> buffer{};
  Extended extended;
  const auto block = as_text(buffer);
  while (read_block(buffer)) {
    if (block.find_first_not_of('\0') == std::string_view::npos) {
      CountingSink rest;
      if (!jump_) pump(in_, rest);
      return std::nullopt;
    }
    check_sum(block);
    const auto size = number(block.substr(124, 12));
    if (take_extended(block[156], size, extended)) continue;
    auto entry = entry_of(block, extended);
    const auto content = extended.size.value_or(size);
    if (content > std::numeric_limits<std::int64_t>::max()) broken("a file is too large");
    entry.size = content;
    entry.offset = position_;
    // Links, devices, directories and FIFOs have no content, whatever size some writers state.
    if (entry.type < '1' || entry.type > '6') skip(padded(content));
    return entry;
  }
  return std::nullopt;
}

}  // namespace whittle::layers
