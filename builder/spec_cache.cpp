#include <array>

#include "builder/spec_fields.hpp"
#include "builder/spec_tables.hpp"
#include "registry/place.hpp"

namespace whittle::builder {
namespace {

std::string read_cache_place(const Value& value) {
  const auto text = value.text();
  const auto place = value.converting([&] { return registry::Place::parse(text); });
  using Kind = registry::Place::Kind;
  if (place.kind != Kind::registry && place.kind != Kind::layout)
    value.refuse("a shared cache is a repository of a registry, or a layout `oci:DIR`");
  if (place.digest || !place.tag.empty() || (place.reference && !place.reference->tag.empty()))
    value.refuse("a shared cache has tags of its own; leave tag and digest out");
  return text;
}

}  // namespace

Keys<CacheSpec> cache_keys() {
  static constexpr std::array<Key<CacheSpec>, 2> keys = {{
      {"place", [](const Value& value, CacheSpec& cache) { cache.place = read_cache_place(value); }},
      {"trust", [](const Value& value, CacheSpec& cache) { cache.trust = value.text(); }},
  }};
  return keys;
}

CacheSpec read_cache(const Value& value) {
  CacheSpec cache;
  cache.where = value.where();
  if (!value.is_mapping()) {
    cache.place = read_cache_place(value);
    return cache;
  }
  read_mapping(value, cache_keys(), cache);
  if (cache.place.empty()) value.refuse("it has no `place`: a repository of a registry");
  return cache;
}

}  // namespace whittle::builder
