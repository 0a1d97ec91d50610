#include "tests/support/tar_walker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <stdexcept>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::test {
namespace {

using Block = std::array<char, 512>;

struct Broken {
  std::string why;
};

bool is_zero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
}

std::string_view whole(const Block& block) {
  return {block.data(), block.size()};
}

std::string text_at(const Block& block, std::size_t offset, std::size_t length) {
  const std::string_view field = whole(block).substr(offset, length);
  const std::string_view text = field.substr(0, field.find('\0'));
  if (!is_zero(field.substr(text.size())))
    throw Broken{fmt::format("there are bytes behind the end of the text at {} of a header", offset)};
  return std::string(text);
}

// Octal digits up to the last byte, which is NUL: nothing else is written by us.
std::uint64_t octal_at(const Block& block, std::size_t offset, std::size_t length) {
  std::uint64_t value = 0;
  if (block[offset + length - 1] != '\0')
    throw Broken{fmt::format("the number at {} of a header has no NUL at its end", offset)};
  for (const char c : whole(block).substr(offset, length - 1)) {
    if (c < '0' || c > '7') throw Broken{fmt::format("the number at {} of a header is not octal", offset)};
    value = value * 8 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

// The number of a record: decimal digits, after a minus at most, without more zeros than needed.
bool is_plain_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool digits = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits && !text.empty() && (text == "0" || text[0] != '0');
}

// Where ustar's two fields can take the path, which slash lies between them: the last that leaves a prefix of
// at most 155 bytes. Nothing for a path that needs no prefix, npos for one that fits in no way.
std::optional<std::size_t> split_of(std::string_view path) {
  if (path.size() <= 100) return std::nullopt;
  for (std::size_t slash = std::min<std::size_t>(155, path.size() - 2); slash > 0; --slash)
    if (path[slash] == '/') return path.size() - slash - 1 <= 100 ? slash : std::string_view::npos;
  return std::string_view::npos;
}

class Walker {
 public:
  explicit Walker(ByteSource& source) : source_(source) {}

  TarListing walk() {
    try {
      while (step()) {
      }
    } catch (const Broken& broken) {
      violation(fmt::format("entry {}: {}", listing_.entries.size() + 1, broken.why));
    } catch (const std::logic_error&) {  // from std::stoul and its like
      violation(fmt::format("entry {}: a number in a record is malformed", listing_.entries.size() + 1));
    }
    return std::move(listing_);
  }

 private:
  void violation(std::string text) { listing_.violations.push_back(std::move(text)); }

  // Fills the block; false at the end of the source.
  bool next(Block& block) {
    std::size_t filled = 0;
    while (filled < block.size()) {
      const auto room = std::as_writable_bytes(std::span(block)).subspan(filled);
      const std::size_t count = source_.read(room);
      if (count == 0 && filled == 0) return false;
      if (count == 0) throw Broken{"the tar does not end at a block"};
      filled += count;
    }
    return true;
  }

  bool step() {
    Block block{};
    if (!next(block)) throw Broken{"the two zero blocks at the end are missing"};
    if (is_zero(whole(block))) return end();
    check_sum(block);
    if (whole(block).substr(257, 8) != std::string_view("ustar\0"
                                                        "00",
                                                        8))
      throw Broken{"it is not ustar"};
    if (block[156] == 'x') {
      extended(block);
      if (!next(block)) throw Broken{"nothing follows an extended header"};
      check_sum(block);
    }
    entry(block);
    return true;
  }

  bool end() {
    Block block{};
    if (!next(block) || !is_zero(whole(block))) throw Broken{"the second zero block is missing"};
    if (next(block)) throw Broken{"there are bytes behind the two zero blocks"};
    return false;
  }

  void check_sum(const Block& block) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < block.size(); ++i)
      sum += i >= 148 && i < 156 ? 32U : static_cast<unsigned char>(block[i]);
    if (octal_at(block, 148, 7) != sum || block[155] != ' ') throw Broken{"its checksum is wrong"};
    if (!is_zero(whole(block).substr(500))) violation("there are bytes behind the fields of its header");
  }

  std::string content(std::uint64_t size, Hasher* hasher) {
    std::string text;
    for (std::uint64_t left = size; left > 0;) {
      Block block{};
      if (!next(block)) throw Broken{"its content is cut off"};
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, block.size()));
      if (hasher != nullptr)
        hasher->write(whole(block).substr(0, count));
      else
        text.append(block.data(), count);
      if (!is_zero(whole(block).substr(count))) violation("the padding behind a content is not zero");
      left -= count;
    }
    return text;
  }

  // What the extended header says of itself is always the same: names with a process id or folder are not.
  void extended_fields(const Block& header) {
    if (text_at(header, 0, 100) != "PaxHeader" || !text_at(header, 345, 155).empty())
      violation("its extended header has another name than PaxHeader");
    if (octal_at(header, 100, 8) != 0644 || octal_at(header, 108, 8) != 0 || octal_at(header, 116, 8) != 0)
      violation("its extended header has a mode or owner of its own");
    if (!is_zero(whole(header).substr(157, 100))) violation("its extended header has a target");
    owner_names_and_device(header);
    extended_time_ = octal_at(header, 136, 12);
  }

  void owner_names_and_device(const Block& block) {
    if (!is_zero(whole(block).substr(265, 64))) violation("it has a user or group name");
    if (octal_at(block, 329, 8) != 0 || octal_at(block, 337, 8) != 0) violation("it has a device number");
  }

  void extended(const Block& header) {
    extended_fields(header);
    const std::uint64_t size = octal_at(header, 124, 12);
    if (size == 0 || size > 1U << 20U) throw Broken{"its extended header is empty or large"};
    const std::string text = content(size, nullptr);
    std::string last;
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t space = rest.find(' ');
      const std::string digits(rest.substr(0, space));
      const std::size_t length = std::stoul(digits);
      if (!is_plain_number(digits) || space > 8 || length > rest.size() || length < space + 4 ||
          rest[length - 1] != '\n')
        throw Broken{"a record of its extended header is malformed"};
      const std::string_view record = rest.substr(space + 1, length - space - 2);
      const std::size_t equals = record.find('=');
      const std::string key(record.substr(0, equals));
      if (key == last) violation(fmt::format("record {} is there twice", shown(key)));
      // hdrcharset is in front, because it says how to read those behind it.
      if (key < last && last != "hdrcharset") violation(fmt::format("record {} is not sorted", shown(key)));
      last = key;
      records_[key] = record.substr(equals + 1);
      rest.remove_prefix(length);
    }
  }

  // The value of a record, which must have been needed: the field itself could not hold it.
  std::optional<std::string> take(const std::string& key) {
    const auto found = records_.find(key);
    if (found == records_.end()) return std::nullopt;
    std::string value = found->second;
    records_.erase(found);
    return value;
  }

  std::uint64_t number(const Block& block, const char* key, std::size_t offset, std::size_t length) {
    const std::uint64_t field = octal_at(block, offset, length);
    const auto record = take(key);
    if (!record) return field;
    const auto value = std::stoull(*record);
    if (!is_plain_number(*record)) violation(fmt::format("record {} is no plain number", key));
    if (value >> (3 * (length - 1)) == 0) violation(fmt::format("record {} was not needed", key));
    if (field != 0) violation(fmt::format("the field that record {} replaces is not 0", key));
    return value;
  }

  void entry(const Block& block) {
    TarEntry entry;
    entry.records = records_;
    entry.type = block[156];
    entry.mode = octal_at(block, 100, 8);
    entry.uid = number(block, "uid", 108, 8);
    entry.gid = number(block, "gid", 116, 8);
    entry.size = number(block, "size", 124, 12);
    entry.mtime = time(block);
    names(block, entry);
    for (const auto& record : records_)
      violation(fmt::format("record {} is not allowed", shown(record.first)));
    records_.clear();
    owner_names_and_device(block);
    check(entry);
    Hasher hasher;
    content(entry.size, &hasher);
    entry.content = hasher.finish();
    listing_.entries.push_back(std::move(entry));
  }

  std::int64_t time(const Block& block) {
    const std::uint64_t field = octal_at(block, 136, 12);
    if (extended_time_ && *extended_time_ != field) violation("its extended header has another time");
    extended_time_.reset();
    const auto record = take("mtime");
    if (!record) return static_cast<std::int64_t>(field);
    const std::int64_t value = std::stoll(*record);
    if (!is_plain_number(*record)) violation("record mtime is no plain number");
    if (value >= 0 && value >> 33 == 0) violation("record mtime was not needed");
    if (field != 0) violation("the field that record mtime replaces is not 0");
    return value;
  }

  void names(const Block& block, TarEntry& entry) {
    const std::string prefix = text_at(block, 345, 155);
    const std::string name = text_at(block, 0, 100);
    entry.path = (prefix.empty() ? "" : prefix + '/') + name;
    entry.target = text_at(block, 157, 100);
    bool utf8 = true;
    if (const auto path = take("path")) {
      if (split_of(*path) != std::string_view::npos) violation("record path was not needed");
      if (!prefix.empty() || name != path->substr(0, 100))
        violation("the field that record path replaces is not its beginning");
      entry.path = *path;
      utf8 = is_utf8(*path);
    } else if (split_of(entry.path).value_or(0) != prefix.size()) {
      violation("its path is cut at another slash than the last that fits");
    }
    if (const auto target = take("linkpath")) {
      if (target->size() <= 100) violation("record linkpath was not needed");
      if (entry.target != target->substr(0, 100))
        violation("the field that record linkpath replaces is not its beginning");
      entry.target = *target;
      utf8 = utf8 && is_utf8(*target);
    }
    const auto charset = take("hdrcharset");
    if (charset && utf8) violation("record hdrcharset was not needed");
    if (!utf8 && charset.value_or("") != "BINARY")
      violation("a record is not UTF-8, and hdrcharset does not say that it is bytes");
  }

  void check(const TarEntry& entry) {
    const auto complain = [&](std::string_view why) {
      violation(fmt::format("{}: {}", shown(entry.path), why));
    };
    std::string name = entry.path;
    const bool directory = entry.type == '5';
    if (entry.type < '0' || (entry.type > '2' && !directory)) complain("its type is not allowed");
    if (directory != (!name.empty() && name.back() == '/'))
      complain("directories end in a slash, and only they");
    if (directory && !name.empty()) name.pop_back();
    if (entry.type != '0' && entry.size != 0) complain("only files have content");
    const bool link = entry.type == '1' || entry.type == '2';
    if (link == entry.target.empty()) complain("links have a target, and only they");
    if (entry.type == '1') check_hard_link(entry, complain);
    if (entry.type == '0') files_[name] = {entry.mode, entry.uid, entry.gid};
    if (entry.mode > 07777) complain("its mode has more than permission bits");
    if (entry.type == '2' && entry.mode != 0777) complain("the mode of a symbolic link is not 0777");
    check_name(name, complain);
    if (!listing_.entries.empty() && entry.mtime != listing_.entries[0].mtime)
      complain("its time is not the others'");
    if (!names_.insert(name).second) complain("it is there twice");
    if (directory) directories_.insert(name);
    // The index of eStargz is the last entry, whatever its name.
    const bool estargz = names_.count(".no.prefetch.landmark") > 0;
    if (!last_name_.empty() && name < last_name_ && !(estargz && name == "stargz.index.json"))
      complain("it is not sorted");
    if (estargz && last_name_ == "stargz.index.json") complain("it comes after the index");
    last_name_ = name;
  }

  // Its file comes before it, by a name as it stands there; mode and owner are the file's, of which there is
  // one.
  template <class Complain>
  void check_hard_link(const TarEntry& entry, const Complain& complain) {
    const auto file = files_.find(entry.target);
    if (file == files_.end()) return complain("the file that it is a hard link to does not come before it");
    if (file->second != std::array{entry.mode, entry.uid, entry.gid})
      complain("it has not the mode and owner of the file that it is a hard link to");
  }

  template <class Complain>
  void check_name(const std::string& name, const Complain& complain) {
    if (name.empty() || name[0] == '/') complain("its name is empty or absolute");
    const std::string padded = '/' + name + '/';
    for (const auto* part : {"//", "/./", "/../"})
      if (padded.find(part) != std::string::npos) complain("its name is not in normal form");
    const auto slash = name.rfind('/');
    if (slash != std::string::npos && directories_.count(name.substr(0, slash)) == 0)
      complain("its parent does not come before it");
  }

  ByteSource& source_;
  TarListing listing_;
  std::map<std::string, std::string> records_;
  std::optional<std::uint64_t> extended_time_;
  std::set<std::string> names_;
  std::set<std::string> directories_;
  std::map<std::string, std::array<std::uint64_t, 3>> files_;  // mode, uid, gid
  std::string last_name_;
};

}  // namespace

TarListing walk_tar(ByteSource& source) {
  return Walker(source).walk();
}

}  // namespace whittle::test
