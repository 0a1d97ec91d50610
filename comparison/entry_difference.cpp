#include "comparison/entry_difference.hpp"

#include <fmt/format.h>

#include <array>

#include "comparison/map_difference.hpp"

namespace whittle::comparison {
namespace {

// Days since 1970-01-01 as year, month and day of the Gregorian calendar, counted in eras of 400 years that
// begin with March.
std::array<std::int64_t, 3> date_of(std::int64_t days) {
  const auto shifted = days + 719'468;
  const auto era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  const auto day_of_era = shifted - era * 146'097;
  const auto year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const auto day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const auto month = (5 * day_of_year + 2) / 153;
  const auto day = day_of_year - (153 * month + 2) / 5 + 1;
  const auto calendar_month = month < 10 ? month + 3 : month - 9;
  return {year_of_era + era * 400 + (calendar_month <= 2 ? 1 : 0), calendar_month, day};
}

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
  const auto days = seconds >= 0 ? seconds / 86'400 : -((86'399 - seconds) / 86'400);
  const auto second = seconds - days * 86'400;
  const auto date = date_of(days);
  auto text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", date[0], date[1], date[2], second / 3'600,
                          second / 60 % 60, second % 60);
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
  const auto differ = [&](std::string_view aspect, std::string left, std::string right) {
    if (left != right) findings.add({where, std::string(aspect), std::move(left), std::move(right)});
  };
  differ("type", std::string(name_of_type(a)), std::string(name_of_type(b)));
  if (a.mode != b.mode) differ("mode", fmt::format("{:04o}", a.mode), fmt::format("{:04o}", b.mode));
  if (a.uid != b.uid) differ("uid", fmt::format("{}", a.uid), fmt::format("{}", b.uid));
  if (a.gid != b.gid) differ("gid", fmt::format("{}", a.gid), fmt::format("{}", b.gid));
  differ("owner-name", a.owner, b.owner);
  differ("group-name", a.group, b.group);
  if (a.mtime != b.mtime || a.mtime_nanoseconds != b.mtime_nanoseconds)
    differ("mtime", time_text(a.mtime, a.mtime_nanoseconds), time_text(b.mtime, b.mtime_nanoseconds));
  if (is_link(a) || is_link(b)) differ("link-target", a.target, b.target);
  differ("device", device_text(a), device_text(b));
  compare_maps(a.xattrs, b.xattrs, "xattr", where, findings);
  if (a.is_file() && b.is_file() && a.size != b.size)
    differ("size", fmt::format("{}", a.size), fmt::format("{}", b.size));
  if (!formats) return;
  differ("path-spelling", a.written, b.written);
  differ("header-format", std::string(layers::name_of(a.format)), std::string(layers::name_of(b.format)));
  compare_maps(a.records, b.records, "record", where, findings);
}

}  // namespace whittle::comparison
