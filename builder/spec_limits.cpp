#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "builder/size_text.hpp"
#include "builder/spec_fields.hpp"
#include "builder/spec_tables.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

SizeLimit read_limit(const Value& value) {
  const auto text = value.text();
  const auto bytes = parse_size(text);
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
  static constexpr std::array<Key<SizeLimits>, 6> keys = {{
      {"image", [](const Value& v, SizeLimits& limits) { limits.image = read_limit(v); }},
      {"layer", [](const Value& v, SizeLimits& limits) { limits.layer = read_limit(v); }},
      {"layers", [](const Value& v, SizeLimits& limits) { limits.layers = read_named(v, check_layer); }},
      {"modules",
       [](const Value& v, SizeLimits& limits) { limits.modules = read_named(v, check_import_path); }},
      {"packages",
       [](const Value& v, SizeLimits& limits) { limits.packages = read_named(v, check_import_path); }},
      {"memory", [](const Value& v, SizeLimits& limits) { limits.memory = read_limit(v); }},
  }};
  return keys;
}

SizeLimits read_limits(const Value& value) {
  SizeLimits limits;
  read_mapping(value, limits_keys(), limits);
  if (limits.empty() && !limits.memory) value.refuse("names no limit; leave the key out for none");
  return limits;
}

}  // namespace whittle::builder
