#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "builder/spec_fields.hpp"
#include "builder/spec_tables.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<Unit, 8> units = {{{"", 1},
                                        {"B", 1},
                                        {"kB", 1'000},
                                        {"MB", 1'000'000},
                                        {"GB", 1'000'000'000},
                                        {"KiB", 1U << 10U},
                                        {"MiB", 1U << 20U},
                                        {"GiB", 1U << 30U}}};
constexpr std::size_t most_decimals = 3;
constexpr std::uint64_t largest = std::uint64_t{1} << 50U;  // more than any registry takes

// Digits at the front of `text`, which are taken away; nothing when there are none, or too many.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
  return number;
}

// "20MiB", "1.5 MB", "4096": in bytes, rounded down. Nothing for anything else.
std::optional<std::uint64_t> size_of(std::string_view text) {
  const auto whole = take_number(text);
  if (!whole) return std::nullopt;
  std::uint64_t part = 0;
  std::uint64_t scale = 1;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const auto digits = text.size();
    const auto decimals = take_number(text);
    if (!decimals || digits - text.size() > most_decimals) return std::nullopt;
    part = *decimals;
    for (auto i = text.size(); i < digits; ++i) scale *= 10;
  }
  if (text.starts_with(' ')) text.remove_prefix(1);
  const auto unit =
      std::find_if(units.begin(), units.end(), [&](const Unit& one) { return one.name == text; });
  if (unit == units.end() || *whole > largest / unit->bytes) return std::nullopt;
  return *whole * unit->bytes + part * unit->bytes / scale;
}

SizeLimit read_limit(const Value& value) {
  const auto text = value.text();
  const auto bytes = size_of(text);
  if (!bytes)
    value.refuse(fmt::format("{} is no size", shown(text)),
                 "a size is a number of bytes, or of kB, MB, GB, KiB, MiB or GiB: `20MiB`, `1.5 MB`, `4096`");
  if (*bytes == 0) value.refuse("nothing is smaller than 1 byte; leave the key out for no limit");
  return {*bytes, text, value.where()};
}

// A module or package as it is imported; versions are of no account.
void check_import_path(const Value& value) {
  const auto& path = value.key();
  if (path.empty() || path.starts_with('.') || path.starts_with('/') || path.ends_with('/') ||
      path.find_first_of(" @") != std::string::npos)
    value.refuse("this is no import path",
                 "write it as in an import, without a version: `golang.org/x/text`");
}

void check_layer(const Value& value) {
  if (std::find(size_limit_layers.begin(), size_limit_layers.end(), value.key()) != size_limit_layers.end())
    return;
  const auto near = nearest(value.key(), size_limit_layers);
  value.refuse(near ? fmt::format("images have no such layer; did you mean `{}`?", *near)
                    : "images have the layers `base`, `packages`, `files` and `binaries`");
}

std::map<std::string, SizeLimit> read_named(const Value& mapping, void (*check)(const Value&)) {
  std::map<std::string, SizeLimit> limits;
  for (const auto& value : mapping.mapping()) {
    check(value);
    limits.emplace(value.key(), read_limit(value));
  }
  return limits;
}

}  // namespace

Keys<SizeLimits> limits_keys() {
  static constexpr std::array<Key<SizeLimits>, 5> keys = {{
      {"image", [](const Value& v, SizeLimits& limits) { limits.image = read_limit(v); }},
      {"layer", [](const Value& v, SizeLimits& limits) { limits.layer = read_limit(v); }},
      {"layers", [](const Value& v, SizeLimits& limits) { limits.layers = read_named(v, check_layer); }},
      {"modules",
       [](const Value& v, SizeLimits& limits) { limits.modules = read_named(v, check_import_path); }},
      {"packages",
       [](const Value& v, SizeLimits& limits) { limits.packages = read_named(v, check_import_path); }},
  }};
  return keys;
}

SizeLimits read_limits(const Value& value) {
  SizeLimits limits;
  read_mapping(value, limits_keys(), limits);
  if (limits.empty()) value.refuse("names no limit; leave the key out for none");
  return limits;
}

}  // namespace whittle::builder
