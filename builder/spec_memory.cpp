#include <fmt/format.h>

#include <array>
#include <charconv>

#include "builder/size_text.hpp"
#include "builder/spec_fields.hpp"
#include "builder/spec_tables.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

constexpr std::uint64_t least_memory = 4U << 20U;  // what a container takes to start at all

std::uint64_t read_size(const Value& value) {
  const auto text = value.text();
  const auto bytes = parse_size(text);
  if (!bytes)
    value.refuse(fmt::format("{} is no size", shown(text)),
                 "a size is a number with a unit: `256MiB`, `1GiB`");
  if (*bytes < least_memory)
    value.refuse(fmt::format("{} is less than the 4 MiB that a container takes to start", shown(text)));
  return *bytes;
}

unsigned read_share(const Value& value) {
  const auto text = value.text();
  unsigned share = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), share);
  if (failure != std::errc() || std::string_view(end) != "%" || share < 1 || share > 100)
    value.refuse(fmt::format("{} is no share", shown(text)), "a share is a whole percentage: `90%`");
  return share;
}

void read_limit(const Value& value, MemorySpec& memory) {
  memory.limit = read_size(value);
  memory.written = value.text();
}

}  // namespace

Keys<MemorySpec> memory_keys() {
  static constexpr std::array<Key<MemorySpec>, 2> keys = {{
      {"limit", [](const Value& value, MemorySpec& memory) { read_limit(value, memory); }},
      {"share", [](const Value& value, MemorySpec& memory) { memory.share = read_share(value); }},
  }};
  return keys;
}

MemorySpec read_memory(const Value& value) {
  MemorySpec memory{.where = value.where()};
  memory.is_mapping = value.is_mapping();
  if (!memory.is_mapping)
    read_limit(value, memory);
  else
    read_mapping(value, memory_keys(), memory);
  if (memory.limit == 0) value.refuse("there is no `limit`, which `share` is a share of");
  return memory;
}

Keys<SmokeSpec> smoke_keys() {
  static constexpr std::array<Key<SmokeSpec>, 5> keys = {{
      {"ready", [](const Value& value, SmokeSpec& smoke) { smoke.ready = value.text(); }},
      {"load", [](const Value& value, SmokeSpec& smoke) { smoke.load = value.text(); }},
      {"stages", [](const Value& value, SmokeSpec& smoke) { smoke.stages = value.text(); }},
      {"for", [](const Value& value, SmokeSpec& smoke) { smoke.duration = value.text(); }},
      {"env", [](const Value& value, SmokeSpec& smoke) { smoke.env = read_environment(value); }},
  }};
  return keys;
}

SmokeSpec read_smoke(const Value& value) {
  SmokeSpec smoke{.where = value.where()};
  read_mapping(value, smoke_keys(), smoke);
  if (smoke.load.empty() && !smoke.stages.empty())
    value.refuse("`stages` says how often, and `load` is needed to say what");
  return smoke;
}

}  // namespace whittle::builder
