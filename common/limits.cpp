#include "common/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "common/text.hpp"

namespace whittle {
namespace {

using Unit = NamedLimit::Unit;

constexpr std::uint64_t any_size = 1ULL << 60U;   // far from where a sum of two overflows
constexpr std::uint64_t any_count = 1ULL << 30U;  // each costs memory
constexpr std::uint64_t a_day = 24 * 3600;
constexpr std::uint64_t window_of_zstd = 2ULL << 30U;  // what the library decodes at most
constexpr std::uint64_t deepest = 1000;                // so that the stack is enough

constexpr std::array<NamedLimit, 18> table = {{
    {"spec-file", &Limits::spec_file, Unit::bytes, 1U << 30U},
    {"spec-depth", &Limits::spec_depth, Unit::count, deepest},
    {"alias-expansion", &Limits::alias_expansion, Unit::count, any_count},
    {"uncompressed-layer", &Limits::uncompressed_layer, Unit::bytes, any_size},
    {"ratio", &Limits::ratio, Unit::count, any_count},
    {"zstd-window", &Limits::zstd_window, Unit::bytes, window_of_zstd},
    {"extended-header", &Limits::extended_header, Unit::bytes, 1U << 30U},
    {"layer-entries", &Limits::layer_entries, Unit::count, any_count},
    {"base-folders", &Limits::base_folders, Unit::count, any_count},
    {"archive-size", &Limits::archive_size, Unit::bytes, any_size},
    {"archive-entries", &Limits::archive_entries, Unit::count, any_count},
    {"attempts", &Limits::attempts, Unit::count, 1'000'000},
    {"total-wait", &Limits::total_wait, Unit::seconds, a_day},
    {"retry-after", &Limits::retry_after, Unit::seconds, a_day},
    {"connect", &Limits::connect, Unit::seconds, a_day},
    {"first-byte", &Limits::first_byte, Unit::seconds, a_day},
    {"helper-answer", &Limits::helper_answer, Unit::bytes, 1U << 30U},
    {"helper-time", &Limits::helper_time, Unit::seconds, a_day},
}};

struct Suffix {
  std::string_view text;
  Unit unit;
  std::uint64_t factor;
};
constexpr std::array<Suffix, 5> suffixes = {{
    {"KiB", Unit::bytes, 1U << 10U},
    {"MiB", Unit::bytes, 1U << 20U},
    {"GiB", Unit::bytes, 1U << 30U},
    {"s", Unit::seconds, 1},
    {"min", Unit::seconds, 60},
}};

// Nothing for what is no such number, is 0 or above `most`.
std::optional<std::uint64_t> value_of(std::string_view text, const NamedLimit& limit) {
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
  std::uint64_t factor = 1;
  if (!text.empty()) {
    const auto suffix = std::find_if(suffixes.begin(), suffixes.end(), [&](const Suffix& one) {
      return one.unit == limit.unit && one.text == text;
    });
    if (suffix == suffixes.end()) return std::nullopt;
    factor = suffix->factor;
  }
  if (number == 0 || number > limit.most / factor) return std::nullopt;
  return number * factor;
}

std::string_view form_of(Unit unit) {
  switch (unit) {
    case Unit::count:
      return "a whole number";
    case Unit::bytes:
      return "a number of bytes, or of KiB, MiB or GiB with that behind it,";
    case Unit::seconds:
      return "a number of seconds, or of minutes with `min` behind it,";
  }
  return {};
}

}  // namespace

std::span<const NamedLimit> named_limits() {
  return table;
}

void set_limit(Limits& limits, std::string_view assignment) {
  const auto equals = assignment.find('=');
  const auto name = assignment.substr(0, equals);
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const NamedLimit& limit) { return limit.name == name; });
  if (found == table.end()) {
    std::vector<std::string_view> names;
    for (const auto& limit : table) names.push_back(limit.name);
    const auto meant = nearest(name, names);
    throw Error(ErrorKind::usage,
                fmt::format("--limit {}: there is no limit of that name{}", shown(assignment),
                            meant ? fmt::format("; did you mean {}?", *meant) : ""))
        .hint(fmt::format("there are {}", fmt::join(names, ", ")));
  }
  const auto value =
      equals == std::string_view::npos ? std::nullopt : value_of(assignment.substr(equals + 1), *found);
  if (!value)
    throw Error(ErrorKind::usage, fmt::format("--limit {}: {} takes {} from 1 to {}", shown(assignment), name,
                                              form_of(found->unit), found->most));
  limits.*found->field = *value;
}

Error over_limit(ErrorKind kind, std::string cause, Limit limit) {
  Error error(kind, std::move(cause));
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const NamedLimit& one) { return one.field == limit; });
  if (found != table.end())
    error.hint(
        fmt::format("if you trust where this comes from, `--limit {}=VALUE` raises the limit", found->name));
  return error;
}

}  // namespace whittle
