#include "layers/tar_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>
#include <vector>

#include "common/base64.hpp"
#include "common/error.hpp"
#include "common/percent.hpp"
#include "common/text.hpp"
#include "layers/tar_header.hpp"

namespace whittle::layers {
namespace {

using namespace std::string_view_literals;

// That one entry may have before it (hostile 76).
constexpr unsigned extended_headers_limit = 8;
constexpr std::size_t path_limit = 4'096;  // bytes (hostile 87)

std::string_view text_field(std::string_view block, std::size_t offset, std::size_t length) {
  const auto field = block.substr(offset, length);
  return field.substr(0, field.find('\0'));
}

std::uint64_t padded(std::uint64_t size) {
  return (size + tar_block - 1) / tar_block * tar_block;
}

}  // namespace

std::string_view name_of(TarFormat format) {
  switch (format) {
    case TarFormat::v7:
      return "v7";
    case TarFormat::ustar:
      return "ustar";
    case TarFormat::pax:
      return "pax";
    case TarFormat::gnu:
      return "gnu";
  }
  return "unknown";
}

void TarReader::broken(std::string_view why) const {
  throw Error(ErrorKind::integrity, fmt::format("{} is not a tar archive: {}", what_, why));
}

// As it lies below the root.
std::string TarReader::normal_path(std::string_view path) const {
  std::string normal;
  for (auto rest = path; !rest.empty();) {
    const auto end = std::min(rest.find('/'), rest.size());
    const auto component = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (component.empty() || component == ".") continue;
    if (component == "..") {
      if (normal.empty())
        throw Error(ErrorKind::integrity, fmt::format("entry {} of {}, {}, leads out of the archive",
                                                      entries_ + 1, what_, shown(path)));
      normal.resize(normal.find('/') == std::string::npos ? 0 : normal.rfind('/'));
      continue;
    }
    if (!normal.empty()) normal += '/';
    normal += component;
  }
  return normal;
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

// What fills the last block of a content. Some writers leave it away behind the last file, and the end as
// well: nothing is lost by that.
bool TarReader::skip_padding(std::uint64_t bytes) {
  if (bytes == 0) return true;
  if (jump_) {
    if (!jump_(bytes)) return false;
    position_ += bytes;
    return true;
  }
  std::array<std::byte, tar_block> padding{};
  return read_block(MutableBytes(padding).first(static_cast<std::size_t>(bytes)));
}

std::string TarReader::read_text(std::uint64_t size) {
  if (size > limits_.extended_header)
    throw over_limit(ErrorKind::limit,
                     fmt::format("{} has an extended header of {} bytes, beyond the limit of {}", what_, size,
                                 limits_.extended_header),
                     &Limits::extended_header);
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

// A time may lie before 1970: GNU writes it as a binary number in two's complement.
std::int64_t TarReader::signed_number(std::string_view field) const {
  if (field[0] != '\xff') {
    const auto value = number(field);
    if (value > std::numeric_limits<std::int64_t>::max()) broken("a time is too large");
    return static_cast<std::int64_t>(value);
  }
  std::uint64_t value = ~std::uint64_t{0};
  for (const char byte : field.substr(1)) {
    if (value >> 56U != 0xff) broken("a time is too far back");
    value = value << 8U | static_cast<unsigned char>(byte);
  }
  return static_cast<std::int64_t>(value);
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
void TarReader::read_records(std::string_view text, const OnRecord& on_record) const {
  while (!text.empty()) {
    const auto blank = text.find(' ');
    if (blank == std::string_view::npos) broken("an extended header has no records");
    const auto length = decimal(text.substr(0, blank));
    if (length < blank + 3 || length > text.size() || text[static_cast<std::size_t>(length) - 1] != '\n')
      broken("a record of an extended header has a wrong length");
    const auto record = text.substr(blank + 1, static_cast<std::size_t>(length) - blank - 2);
    text.remove_prefix(static_cast<std::size_t>(length));
    const auto equals = record.find('=');
    if (equals == std::string_view::npos) broken("a record of an extended header has no value");
    if (equals == 0) broken("a record of an extended header has no key");
    on_record(record.substr(0, equals), record.substr(equals + 1));
  }
}

// Whether the header of that type only says something of the one behind it.
bool TarReader::take_extended(char type, std::uint64_t size, Extended& extended) {
  const auto name = [&] {
    extended.gnu = true;
    const auto text = read_text(size);
    return text.substr(0, text.find('\0'));
  };
  if (type != 'x' && type != 'g' && type != 'L' && type != 'K' && type != 'V') return false;
  if (++extended.headers > extended_headers_limit)
    throw Error(ErrorKind::limit, fmt::format("{} has more than {} extended headers before entry {}", what_,
                                              extended_headers_limit, entries_ + 1));
  if (type == 'x') {
    // Of a doubled key the last counts (POSIX, pax), but for those of sparse files.
    read_records(read_text(size), [&](std::string_view key, std::string_view value) {
      if (!extended.sparse.take(key, value))
        extended.records.insert_or_assign(std::string(key), std::string(value));
    });
  } else if (type == 'L') {
    extended.path = name();
  } else if (type == 'K') {
    extended.target = name();
  } else if (type == 'g') {
    // Of all entries behind it: one rule, no reader agrees with another on more (hostile 75).
    read_records(read_text(size), [this](std::string_view key, std::string_view) {
      if (key == "path" || key == "linkpath" || key == "size" || key.starts_with("GNU.sparse."))
        broken(fmt::format("a header for the whole archive sets {}", key));
    });
  } else {
    read_text(size);  // the archive's name
  }
  return true;
}

// "SECONDS" or "SECONDS.FRACTION", of which nine digits count.
void TarReader::apply_time(std::string_view text, TarEntry& entry) const {
  const auto point = std::min(text.find('.'), text.size());
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + point, seconds);
  if (point == 0 || error != std::errc() || end != text.data() + point) broken("a time is not a number");
  std::uint32_t nanoseconds = 0;
  std::string fraction(text.substr(std::min(point + 1, text.size())).substr(0, 9));
  for (fraction.resize(9, '0'); const char digit : fraction) {
    if (digit < '0' || digit > '9') broken("a time is not a number");
    nanoseconds = nanoseconds * 10 + static_cast<std::uint32_t>(digit - '0');
  }
  if (text.front() == '-' && nanoseconds > 0) {
    if (seconds == std::numeric_limits<std::int64_t>::min()) broken("a time is too far back");
    nanoseconds = 1'000'000'000 - nanoseconds;
    --seconds;
  }
  entry.mtime = seconds;
  entry.mtime_nanoseconds = nanoseconds;
}

// What pax records say takes the place of what the header says; names and sizes are taken before.
void TarReader::apply_records(Extended& extended, TarEntry& entry) const {
  constexpr std::string_view schily = "SCHILY.xattr.";
  constexpr std::string_view libarchive = "LIBARCHIVE.xattr.";
  const auto add_attribute = [&](std::string name, std::string value) {
    const auto [at, is_new] = entry.xattrs.try_emplace(std::move(name), value);
    if (!is_new && at->second != value)
      broken(fmt::format("the attribute {} has two values", shown(at->first)));
  };
  for (auto& [key, value] : extended.records) {
    if (key == "uid")
      entry.uid = small(decimal(value));
    else if (key == "gid")
      entry.gid = small(decimal(value));
    else if (key == "mtime")
      apply_time(value, entry);
    else if (key == "uname")
      entry.owner = value;
    else if (key == "gname")
      entry.group = value;
    else if (key.starts_with(schily))
      add_attribute(key.substr(schily.size()), value);
    else if (key.starts_with(libarchive)) {
      const auto name = key.substr(libarchive.size());
      add_attribute(percent_decoded(name).value_or(name), base64_decoded(value).value_or(value));
    } else
      entry.records.emplace(key, std::move(value));
  }
}

TarEntry TarReader::entry_of(std::string_view block, Extended& extended) const {
  TarEntry entry;
  const auto magic = block.substr(257, 8);
  const bool ustar = magic.starts_with("ustar\0"sv);  // in GNU's own format the prefix is something else
  const bool gnu = extended.gnu || magic == "ustar  \0"sv;
  const bool pax = !extended.records.empty() || !extended.sparse.empty();
  entry.format = pax ? TarFormat::pax : gnu ? TarFormat::gnu : ustar ? TarFormat::ustar : TarFormat::v7;
  const auto prefix = ustar ? text_field(block, 345, 155) : std::string_view();
  std::string path(text_field(block, 0, 100));
  if (!prefix.empty()) path = fmt::format("{}/{}", prefix, path);
  if (extended.path) path = *extended.path;
  entry.target = extended.target.value_or(std::string(text_field(block, 157, 100)));
  const auto take = [&](std::string_view key, std::string& into) {
    if (const auto found = extended.records.find(key); found != extended.records.end()) {
      if (found->second.find('\0') != std::string::npos) broken("a name has a zero byte");
      into = std::move(found->second);
      extended.records.erase(found);
    }
  };
  take("path", path);
  if (auto name = extended.sparse.name()) path = *std::move(name);
  take("linkpath", entry.target);
  entry.path = normal_path(path);
  entry.written = std::move(path);
  entry.type = block[156];
  if ((entry.type == '0' || entry.type == '\0') && entry.written.ends_with('/'))
    entry.type = '5';  // before ustar
  entry.mode = static_cast<std::uint32_t>(number(block.substr(100, 8)) & 07777U);
  entry.uid = extended.records.contains("uid") ? 0 : small(number(block.substr(108, 8)));
  entry.gid = extended.records.contains("gid") ? 0 : small(number(block.substr(116, 8)));
  entry.mtime = signed_number(block.substr(136, 12));
  if (entry.format != TarFormat::v7) {
    entry.owner = text_field(block, 265, 32);
    entry.group = text_field(block, 297, 32);
    if (entry.type == '3' || entry.type == '4') {
      entry.device_major = small(number(block.substr(329, 8)));
      entry.device_minor = small(number(block.substr(337, 8)));
    }
  }
  entry.number = entries_ + 1;
  apply_records(extended, entry);
  return entry;
}

// A second block of zeros belongs to the end; what is behind it belongs to nothing.
void TarReader::finish_archive() {
  end_blocks_ = 1;
  if (jump_) return;
  std::vector<std::byte> buffer(stream_buffer_size);
  std::uint64_t behind = 0;
  bool zeros = true;  // the first block behind
  while (const auto count = in_.read(buffer)) {
    if (behind < tar_block) {
      const auto first = as_text(buffer).substr(
          0, std::min<std::size_t>(count, static_cast<std::size_t>(tar_block - behind)));
      zeros = zeros && first.find_first_not_of('\0') == std::string_view::npos;
    }
    behind += count;
  }
  if (zeros && behind >= tar_block) end_blocks_ = 2;
  trailing_ = end_blocks_ == 2 ? behind - tar_block : behind;
}

// What the reader says of an entry that it has read, before anybody relies on it.
void TarReader::check_entry(const TarEntry& entry) const {
  constexpr std::string_view known =
      "\0"
      "01234567"sv;
  const auto refuse = [&](ErrorKind kind, std::string_view why) {
    return Error(kind, fmt::format("entry {} of {}, {}, {}", entry.number, what_, shown(entry.written), why));
  };
  if (known.find(entry.type) == std::string_view::npos &&
      !(entry.type == 'S' && entry.format == TarFormat::gnu))
    throw refuse(ErrorKind::unsupported,
                 fmt::format("is of the unknown type {}", shown(std::string_view(&entry.type, 1))));
  if (entry.written.size() > path_limit)
    throw refuse(ErrorKind::limit, fmt::format("is beyond the limit of {} bytes of a name", path_limit));
  if (entry.number > limits_.layer_entries)
    throw over_limit(ErrorKind::limit,
                     fmt::format("{} has more than the limit of {} entries", what_, limits_.layer_entries),
                     &Limits::layer_entries);
}

// Blocks behind the header, before the content, that belong to it.
SparseMap TarReader::read_sparse_map(std::string_view block, const SparseRecords& records) {
  std::array<std::byte, tar_block> buffer{};
  const auto more = as_text(buffer);
  const auto read_more = [&] {
    if (!read_block(buffer)) broken("it ends in the map of a sparse file");
  };
  if (!records.empty() && !records.map_in_content()) return records.map();
  if (!records.empty()) {
    SparseLines lines;
    do {
      read_more();
    } while (lines.take(more));
    return std::move(lines.map());
  }
  SparseMap map;
  bool goes_on = add_old_parts(block.substr(386, 96), map) && block[482] != '\0';
  while (goes_on) {
    read_more();
    goes_on = add_old_parts(more.substr(0, 504), map) && more[504] != '\0';
  }
  return map;
}

// Links, devices, directories and FIFOs have no content, whatever size some writers state.
void TarReader::begin_content(std::string_view block, const Extended& extended, std::uint64_t stored,
                              TarEntry& entry) {
  sparse_.reset();
  in_content_ = 0;
  entry.size = stored;
  entry.offset = position_;
  if (!entry.is_file()) return;
  remaining_ = stored;
  padding_ = padded(stored) - stored;
  entry.sparse = entry.type == 'S' || !extended.sparse.empty();
  if (!entry.sparse) return;
  entry.type = '0';
  const bool old = extended.sparse.empty();
  auto map =
      in_context([&] { return fmt::format("entry {} of {}, {}", entry.number, what_, shown(entry.written)); },
                 [&] {
                   auto read = read_sparse_map(block, extended.sparse);
                   // In 1.0 what is stored begins with the map; in the old form it does not.
                   const auto of_map = old ? 0 : position_ - entry.offset;
                   if (of_map > stored) broken("the map of a sparse file is longer than its content");
                   remaining_ = stored - of_map;
                   read.finish(old ? number(block.substr(483, 12)) : extended.sparse.size(), remaining_);
                   return read;
                 });
  entry.offset = position_;
  entry.size = map.size();
  holes_ += std::min(entry.size - remaining_, std::numeric_limits<std::uint64_t>::max() - holes_);
  if (holes_ > limits_.uncompressed_layer)
    throw over_limit(ErrorKind::limit,
                     fmt::format("{} has sparse files with holes of more than the limit of {} bytes", what_,
                                 limits_.uncompressed_layer),
                     &Limits::uncompressed_layer);
  sparse_ = std::move(map);
}

std::size_t TarReader::read(MutableBytes buffer) {
  if (!sparse_) return read_stored(buffer);
  const auto stretch = sparse_->at(in_content_);
  auto count = static_cast<std::size_t>(std::min<std::uint64_t>(stretch.size, buffer.size()));
  if (stretch.stored)
    count = read_stored(buffer.first(count));
  else
    std::fill_n(buffer.begin(), count, std::byte{});
  in_content_ += count;
  return count;
}

std::size_t TarReader::read_stored(MutableBytes buffer) {
  if (remaining_ == 0 || buffer.empty()) return 0;
  const auto count =
      in_.read(buffer.first(static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, buffer.size()))));
  if (count == 0) broken("it ends in the middle of a file");
  position_ += count;
  remaining_ -= count;
  return count;
}

void TarReader::finish_entry() {
  skip(std::exchange(remaining_, 0));
  if (!skip_padding(std::exchange(padding_, 0))) is_cut_ = true;
}

std::optional<TarEntry> TarReader::next() {
  finish_entry();
  if (is_cut_) return std::nullopt;
  std::array<std::byte, tar_block> buffer{};
  Extended extended;
  const auto block = as_text(buffer);
  while (read_block(buffer)) {
    if (block.find_first_not_of('\0') == std::string_view::npos) {
      finish_archive();
      return std::nullopt;
    }
    check_sum(block);
    const auto size = number(block.substr(124, 12));
    if (take_extended(block[156], size, extended)) continue;
    auto content = size;
    if (const auto stated = extended.records.extract("size")) content = decimal(stated.mapped());
    if (content > std::numeric_limits<std::int64_t>::max()) broken("a file is too large");
    auto entry = entry_of(block, extended);
    ++entries_;
    check_entry(entry);
    begin_content(block, extended, content, entry);
    return entry;
  }
  return std::nullopt;
}

}  // namespace whittle::layers
