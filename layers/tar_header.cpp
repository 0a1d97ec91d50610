#include "layers/tar_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/text.hpp"

namespace whittle::layers {
namespace {

// Fields of the ustar header: offset and length.
struct Field {
  std::size_t offset;
  std::size_t length;
};
constexpr Field name_field{0, 100};
constexpr Field mode_field{100, 8};
constexpr Field uid_field{108, 8};
constexpr Field gid_field{116, 8};
constexpr Field size_field{124, 12};
constexpr Field mtime_field{136, 12};
constexpr Field checksum_field{148, 8};
constexpr std::size_t type_offset = 156;
constexpr Field target_field{157, 100};
constexpr Field magic_field{257, 8};  // with the version
constexpr Field devmajor_field{329, 8};
constexpr Field devminor_field{337, 8};
constexpr Field prefix_field{345, 155};

constexpr std::uint64_t most_in(Field field) {
  return (1ULL << (3 * (field.length - 1))) - 1;
}

void put_text(std::string& block, Field field, std::string_view text) {
  text = text.substr(0, field.length);
  std::copy(text.begin(), text.end(), block.begin() + static_cast<std::ptrdiff_t>(field.offset));
}

// Octal digits that fill the field but for a final NUL. What does not fit is 0: the extended header has the
// value.
void put_number(std::string& block, Field field, std::uint64_t value) {
  if (value > most_in(field)) value = 0;
  put_text(block, field, fmt::format("{:0{}o}", value, field.length - 1));
}

std::string ustar_block(std::string_view prefix, std::string_view name, const TarHeader& header) {
  std::string block(tar_block, '\0');
  put_text(block, name_field, name);
  put_number(block, mode_field, header.mode);
  put_number(block, uid_field, header.uid);
  put_number(block, gid_field, header.gid);
  put_number(block, size_field, header.size);
  put_number(block, mtime_field, header.mtime < 0 ? 0 : static_cast<std::uint64_t>(header.mtime));
  block[type_offset] = header.type;
  put_text(block, target_field, header.target);
  put_text(block, magic_field,
           std::string_view("ustar\0"
                            "00",
                            8));
  put_number(block, devmajor_field, header.device_major);
  put_number(block, devminor_field, header.device_minor);
  put_text(block, prefix_field, prefix);
  // The sum is taken with the field itself as spaces; it has six digits, a NUL and a space by tradition.
  put_text(block, checksum_field, "        ");
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  put_text(block, checksum_field, std::string_view(fmt::format("{:06o}", sum) + '\0'));
  return block;
}

struct SplitPath {
  bool fits = false;
  std::string_view prefix;
  std::string_view name;
};

// Splits at the last slash that leaves a prefix that fits, never at a directory's final one.
SplitPath split(std::string_view path) {
  if (path.size() <= name_field.length) return {true, {}, path};
  const std::size_t slash = path.rfind('/', std::min(prefix_field.length, path.size() - 2));
  if (slash == std::string_view::npos || slash == 0 || path.size() - slash - 1 > name_field.length)
    return {false, {}, path};
  return {true, path.substr(0, slash), path.substr(slash + 1)};
}

// "LENGTH KEY=VALUE\n", where the length counts its own digits.
std::string record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + fmt::formatted_size("{}", rest);
  length = rest + fmt::formatted_size("{}", length);
  return fmt::format("{} {}={}\n", length, key, value);
}

// Seconds, and what there is of a fraction without zeros at its end. A time before 1970 counts down to the
// second and up from there, while the number's fraction counts away from zero.
std::string time_text(std::int64_t seconds, std::uint32_t nanoseconds) {
  if (nanoseconds == 0) return fmt::format("{}", seconds);
  const bool is_before = seconds < 0;
  auto text = fmt::format("{:09}", is_before ? 1'000'000'000 - nanoseconds : nanoseconds);
  text.resize(text.find_last_not_of('0') + 1);
  return fmt::format("{}{}.{}", is_before ? "-" : "", is_before ? -(seconds + 1) : seconds, text);
}

std::string records(const TarHeader& header, bool path_fits) {
  std::string result;
  const bool target_fits = header.target.size() <= target_field.length;
  // Values are UTF-8 unless this says otherwise.
  if ((!path_fits && !is_utf8(header.path)) || (!target_fits && !is_utf8(header.target)))
    result += record("hdrcharset", "BINARY");
  if (header.gid > most_in(gid_field)) result += record("gid", fmt::format("{}", header.gid));
  if (!target_fits) result += record("linkpath", header.target);
  if (header.mtime < 0 || static_cast<std::uint64_t>(header.mtime) > most_in(mtime_field) ||
      header.mtime_nanoseconds > 0)
    result += record("mtime", time_text(header.mtime, header.mtime_nanoseconds));
  if (!path_fits) result += record("path", header.path);
  if (header.size > most_in(size_field)) result += record("size", fmt::format("{}", header.size));
  if (header.uid > most_in(uid_field)) result += record("uid", fmt::format("{}", header.uid));
  if (header.records != nullptr)
    for (const auto& [key, value] : *header.records) result += record(key, value);
  return result;
}

std::string extended_header(const std::string& content, std::int64_t mtime) {
  TarHeader header;
  header.type = 'x';
  header.mode = 0644;
  header.size = content.size();
  header.mtime = mtime;
  std::string blocks = ustar_block({}, "PaxHeader", header);
  blocks += content;
  blocks += tar_padding(content.size());
  return blocks;
}

}  // namespace

std::string tar_header(const TarHeader& header) {
  const SplitPath path = split(header.path);
  const std::string extended = records(header, path.fits);
  std::string blocks = extended.empty() ? std::string() : extended_header(extended, header.mtime);
  return blocks += ustar_block(path.prefix, path.name, header);
}

std::string_view tar_end() {
  static constexpr std::array<char, 2 * tar_block> zeros = {};
  return {zeros.data(), zeros.size()};
}

std::string_view tar_padding(std::uint64_t size) {
  return tar_end().substr(0, (tar_block - static_cast<std::size_t>(size % tar_block)) % tar_block);
}

}  // namespace whittle::layers
