#include "comparison/entry_difference.hpp"

#include <fmt/format.h>

#include <chrono>

#include "comparison/map_difference.hpp"

namespace whittle::comparison {
namespace {

std::string device_text(const layers::TarEntry& entry) {
  return fmt::format("{}:{}", entry.device_major, entry.device_minor);
}

bool is_link(const layers::TarEntry& entry) {
  return entry.type == '1' || entry.type == '2';
}

}  // namespace

std::string time_text(std::int64_t seconds, std::uint32_t nanoseconds) {
  constexpr std::int64_t first = -62'167'219'200;  // of the year 0
  constexpr std::int64_t last = 253'402'300'799;   // of the year 9999
  if (seconds < first || seconds > last) return fmt::format("@{}", seconds);
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  auto text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                          static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                          clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (nanoseconds > 0) text += fmt::format(".{:09}", nanoseconds);
  return text + "Z";
}

std::string_view name_of_type(const layers::TarEntry& entry) {
  switch (entry.type) {
    case '1':
      return "hard link";
    case '2':
      return "symbolic link";
    case '3':
      return "character device";
    case '4':
      return "block device";
    case '5':
      return "directory";
    case '6':
      return "FIFO";
    default:
      return "file";
  }
}

bool same_fields(const layers::TarEntry& a, const layers::TarEntry& b) {
  Findings findings;
  compare_entries(a, b, {}, findings, false);
  return findings.empty();
}

void compare_entries(const layers::TarEntry& a, const layers::TarEntry& b, const Where& where,
                     Findings& findings, bool formats) {
  const auto differ = [&](std::string_view aspect, std::string_view left, std::string_view right) {
    if (left != right) findings.add({where, std::string(aspect), std::string(left), std::string(right)});
  };
  differ("type", name_of_type(a), name_of_type(b));
  if (a.mode != b.mode) differ("mode", fmt::format("{:04o}", a.mode), fmt::format("{:04o}", b.mode));
  if (a.uid != b.uid) differ("uid", fmt::format("{}", a.uid), fmt::format("{}", b.uid));
  if (a.gid != b.gid) differ("gid", fmt::format("{}", a.gid), fmt::format("{}", b.gid));
  differ("owner-name", a.owner, b.owner);
  differ("group-name", a.group, b.group);
  if (a.mtime != b.mtime || a.mtime_nanoseconds != b.mtime_nanoseconds)
    differ("mtime", time_text(a.mtime, a.mtime_nanoseconds), time_text(b.mtime, b.mtime_nanoseconds));
  if (is_link(a) || is_link(b)) differ("link-target", a.target, b.target);
  if (a.device_major != b.device_major || a.device_minor != b.device_minor)
    differ("device", device_text(a), device_text(b));
  compare_maps(a.xattrs, b.xattrs, "xattr", where, findings);
  if (a.is_file() && b.is_file() && a.size != b.size)
    differ("size", fmt::format("{}", a.size), fmt::format("{}", b.size));
  if (!formats) return;
  differ("path-spelling", a.written, b.written);
  differ("header-format", layers::name_of(a.format), layers::name_of(b.format));
  differ("sparse", a.sparse ? "yes" : "no", b.sparse ? "yes" : "no");
  compare_maps(a.records, b.records, "record", where, findings);
}

}  // namespace whittle::comparison
