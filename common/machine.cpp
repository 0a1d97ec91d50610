#include "common/machine.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "common/file.hpp"

namespace whittle {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t largest_file = 1U << 20U;
constexpr auto unlimited = std::numeric_limits<std::uint64_t>::max();

std::string text_of(const fs::path& file) {
  try {
    return read_file_if_present(file, largest_file).value_or("");
  } catch (const Error&) {
    return {};
  }
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t value = 0;
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return std::nullopt;
  const auto parsed = std::from_chars(text.data() + begin, text.data() + text.size(), value);
  return parsed.ec == std::errc() ? std::optional(value) : std::nullopt;
}

// The number after `name` at the start of a line.
std::optional<std::uint64_t> field(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    if (line.starts_with(name)) return number_in(line.substr(name.size()));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return std::nullopt;
}

// What a group and the groups above it leave: the files of both versions, under the root where either is
// mounted.
std::uint64_t left_in_groups(const fs::path& root, fs::path group, const char* limit_file,
                             const char* usage_file) {
  std::uint64_t left = unlimited;
  for (;; group = group.parent_path()) {
    const fs::path folder = root / group.relative_path();
    const auto limit = number_in(text_of(folder / limit_file));  // "max" is no number
    const auto usage = number_in(text_of(folder / usage_file));
    if (limit && usage) left = std::min(left, *limit > *usage ? *limit - *usage : 0);
    if (!group.has_relative_path()) return left;
  }
}

std::uint64_t left_in_groups() {
  const std::string groups = text_of("/proc/self/cgroup");
  std::string_view rest = groups;
  std::uint64_t left = unlimited;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    // ID:CONTROLLERS:PATH (cgroups(7)); version 2 names no controllers.
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    const fs::path group(line.substr(second + 1));
    if (controllers.empty())
      left = std::min(left, left_in_groups("/sys/fs/cgroup", group, "memory.max", "memory.current"));
    else if (controllers == "memory")
      left = std::min(left, left_in_groups("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes",
                                           "memory.usage_in_bytes"));
  }
  return left;
}

}  // namespace

std::uint64_t available_memory() {
  const auto kilobytes = field(text_of("/proc/meminfo"), "MemAvailable:");
  if (!kilobytes) return 0;
  return std::min(*kilobytes * 1024, left_in_groups());
}

}  // namespace whittle
