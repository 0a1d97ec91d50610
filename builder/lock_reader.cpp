#include "builder/lock_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::builder {

void LockValue::refuse(std::string_view why) const {
  throw Error(ErrorKind::spec, fmt::format("{}: {}", path_, why))
      .hint("a lock is written by `whittle lock`; restore it, or remove the entry and run that again");
}

LockValue LockValue::child(const Json& json, std::string_view key) const {
  return {json, fmt::format("{}: {}", path_, escaped(key))};
}

const Json& LockValue::object() const {
  if (!json_->is_object()) refuse("is not an object");
  return *json_;
}

std::string LockValue::text() const {
  if (!json_->is_string() || json_->get_ref<const std::string&>().empty()) refuse("is not a text");
  return json_->get<std::string>();
}

std::uint64_t LockValue::number() const {
  if (!json_->is_number_unsigned()) refuse("is not a whole number");
  return json_->get<std::uint64_t>();
}

Digest LockValue::digest() const {
  try {
    return Digest::parse(text());
  } catch (const Error& error) {
    refuse(error.message());
  }
}

std::vector<LockValue> LockValue::items() const {
  if (!json_->is_array()) refuse("is not a list");
  std::vector<LockValue> items;
  for (const auto& item : *json_) items.emplace_back(item, path_);
  return items;
}

std::vector<std::pair<std::string, LockValue>> LockValue::members() const {
  std::vector<std::pair<std::string, LockValue>> members;
  for (const auto& [key, value] : object().items()) members.emplace_back(key, child(value, key));
  return members;
}

std::optional<LockValue> LockValue::find(std::string_view key) const {
  const auto found = object().find(key);
  if (found == json_->end()) return std::nullopt;
  return child(*found, key);
}

LockValue LockValue::at(std::string_view key) const {
  auto value = find(key);
  if (!value) refuse(fmt::format("has no {}", shown(key)));
  return *value;
}

std::vector<std::pair<std::string, LockValue>> LockValue::members_of(std::string_view key) const {
  const auto value = find(key);
  return value ? value->members() : std::vector<std::pair<std::string, LockValue>>();
}

void LockValue::check_keys(std::initializer_list<std::string_view> known) const {
  for (const auto& [key, value] : object().items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      refuse(fmt::format("has an unknown entry {}", shown(key)));
}

}  // namespace whittle::builder
