#include "builder/go_cache_index.hpp"

#include <fmt/format.h>

#include <map>

#include "common/error.hpp"
#include "common/json.hpp"

namespace whittle::builder {
namespace {

constexpr std::uint64_t index_version = 1;
constexpr std::uint64_t largest_object = 4ULL << 30U;  // bytes

GoCacheEntry entry_from(const Json& json) {
  const auto action = sha256_from_hex(json.at(0).get_ref<const std::string&>());
  const auto object = sha256_from_hex(json.at(1).get_ref<const std::string&>());
  const auto size = json.at(2).is_number_unsigned() ? json.at(2).get<std::uint64_t>() : 0;
  if (json.size() != 3 || !action || !object || size == 0 || size > largest_object)
    throw Error(ErrorKind::integrity, "an entry is not of two hashes and a size");
  return {*action, *object, size};
}

std::vector<GoCacheEntry> entries_from(const Json& json) {
  if (json.at("version") != index_version)
    throw Error(ErrorKind::unsupported, "it is of another version of whittle");
  const auto& listed = json.at("entries").get_ref<const Json::array_t&>();
  if (listed.size() > most_cache_entries)
    throw Error(ErrorKind::limit,
                fmt::format("it has {} entries, more than {}", listed.size(), most_cache_entries));
  std::vector<GoCacheEntry> entries;
  entries.reserve(listed.size());
  std::map<Sha256, std::uint64_t> sizes;
  for (const auto& one : listed) {
    const auto& entry = entries.emplace_back(entry_from(one));
    if (entries.size() > 1 && !(entries[entries.size() - 2].action < entry.action))
      throw Error(ErrorKind::integrity, "its entries are not in order, or one is there twice");
    if (sizes.emplace(entry.object, entry.size).first->second != entry.size)
      throw Error(ErrorKind::integrity, "it has two sizes of an object");
  }
  return entries;
}

}  // namespace

std::string to_text(const std::vector<GoCacheEntry>& entries) {
  Json listed = Json::array();
  for (const auto& entry : entries)
    listed.push_back(Json::array({to_hex(entry.action), to_hex(entry.object), entry.size}));
  return canonical({{"version", index_version}, {"entries", std::move(listed)}});
}

std::vector<GoCacheEntry> cache_entries_from(std::string_view text, std::string_view what) {
  const auto json = parse_json(text, what, ErrorKind::integrity, {largest_cache_index, 8});
  try {
    return entries_from(json);
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::integrity, fmt::format("{} is none of whittle's: {}", what, error.what()));
  }
}

std::uint64_t bytes_of(const std::vector<GoCacheEntry>& entries) {
  std::map<Sha256, std::uint64_t> sizes;
  for (const auto& entry : entries) sizes.emplace(entry.object, entry.size);
  std::uint64_t bytes = 0;
  for (const auto& [object, size] : sizes) bytes += size;
  return bytes;
}

}  // namespace whittle::builder
