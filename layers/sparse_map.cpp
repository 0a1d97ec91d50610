#include "layers/sparse_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::layers {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view key_prefix = "GNU.sparse.";
constexpr std::size_t longest_number = 20;  // digits

[[noreturn]] void broken(std::string_view why) {
  throw Error(ErrorKind::integrity, fmt::format("its map of a sparse file is broken: {}", why));
}

std::uint64_t decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size())
    broken(fmt::format("{} is no number", shown(text)));
  return value;
}

// A field of an old header: octal digits, or binary behind a byte of 0x80.
std::uint64_t field_number(std::string_view field) {
  std::uint64_t value = 0;
  if (field[0] == '\x80') {
    for (const char byte : field.substr(1)) {
      if (value >> 56U != 0) broken("a number is too large");
      value = value << 8U | static_cast<unsigned char>(byte);
    }
    return value;
  }
  const auto digits = field.substr(0, field.find_first_of(" \0"sv));
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 8);
  if (error != std::errc() || end != digits.data() + digits.size())
    broken("a part has no number where one belongs");
  return value;
}

}  // namespace

void SparseMap::add(std::uint64_t offset, std::uint64_t size) {
  if (offset < end_) broken("parts overlap, or run backwards");
  if (size > std::numeric_limits<std::uint64_t>::max() - offset) broken("a part ends behind any file");
  if (parts_.size() == parts_limit)
    throw Error(ErrorKind::limit,
                fmt::format("a sparse file has more than the limit of {} parts", parts_limit));
  parts_.push_back({offset, size});
  end_ = offset + size;
  stored_ += size;
}

void SparseMap::finish(std::uint64_t size, std::uint64_t stored) {
  if (end_ > size) broken(fmt::format("a part ends at {}, the file at {}", end_, size));
  if (stored_ != stored) broken(fmt::format("its parts are {} bytes, {} are stored", stored_, stored));
  size_ = size;
}

SparseMap::Stretch SparseMap::at(std::uint64_t position) {
  while (next_ < parts_.size() && parts_[next_].offset + parts_[next_].size <= position) ++next_;
  if (next_ == parts_.size()) return {size_ - std::min(position, size_), false};
  const auto& part = parts_[next_];
  if (position < part.offset) return {part.offset - position, false};
  return {part.offset + part.size - position, true};
}

bool SparseRecords::take(std::string_view key, std::string_view value) {
  if (!key.starts_with(key_prefix)) return false;
  key.remove_prefix(key_prefix.size());
  // 0.0 says both again for each part.
  if (key == "offset") {
    if (offset_) broken("a part has two offsets");
    offset_ = decimal(value);
  } else if (key == "numbytes") {
    if (!offset_) broken("a part has no offset");
    map_.add(*offset_, decimal(value));
    offset_.reset();
  } else {
    values_.insert_or_assign(std::string(key), std::string(value));
  }
  return true;
}

const std::string* SparseRecords::find(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

std::optional<std::string> SparseRecords::name() const {
  const auto* name = find("name");
  return name == nullptr ? std::nullopt : std::optional(*name);
}

bool SparseRecords::map_in_content() const {
  const auto* major = find("major");
  const auto* minor = find("minor");
  if (major == nullptr && minor == nullptr) return false;
  const auto version = fmt::format("{}.{}", major == nullptr ? "" : *major, minor == nullptr ? "" : *minor);
  if (version != "1.0" && version != "0.0" && version != "0.1")
    throw Error(ErrorKind::unsupported, fmt::format("a sparse file is of the version {}", shown(version)));
  return version == "1.0";
}

std::uint64_t SparseRecords::size() const {
  const auto* size = find(map_in_content() ? "realsize" : "size");
  if (size == nullptr) broken("it does not say how large the file is");
  return decimal(*size);
}

SparseMap SparseRecords::map() const {
  if (offset_) broken("a part has no size");
  auto map = map_;
  if (const auto* text = find("map")) {
    if (map.parts() > 0) broken("there are two");
    for (std::string_view rest = *text; !rest.empty();) {
      const auto number = [&rest] {
        const auto end = std::min(rest.find(','), rest.size());
        const auto value = decimal(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        return value;
      };
      const auto offset = number();
      map.add(offset, number());
    }
  }
  if (const auto* count = find("numblocks"); count != nullptr && decimal(*count) != map.parts())
    broken(fmt::format("it has {} parts and states {}", map.parts(), decimal(*count)));
  return map;
}

bool add_old_parts(std::string_view area, SparseMap& map) {
  constexpr std::size_t number_size = 12;
  for (; area.size() >= 2 * number_size; area.remove_prefix(2 * number_size)) {
    if (area[number_size] == '\0') return false;
    map.add(field_number(area.substr(0, number_size)), field_number(area.substr(number_size, number_size)));
  }
  return true;
}

void SparseLines::number(std::uint64_t value) {
  if (!count_) {
    count_ = value;
  } else if (!offset_) {
    offset_ = value;
  } else {
    map_.add(*offset_, value);
    offset_.reset();
  }
}

bool SparseLines::take(std::string_view block) {
  const auto more = [this] { return !count_ || map_.parts() < *count_; };
  for (const char c : block) {
    if (!more()) break;  // the rest fills the block
    if (c != '\n') {
      line_ += c;
      if (line_.size() > longest_number) broken("a line is longer than a number");
      continue;
    }
    number(decimal(line_));
    line_.clear();
  }
  return more();
}

}  // namespace whittle::layers
