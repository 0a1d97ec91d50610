#include "layers/json_fields.hpp"

#include <fmt/format.h>

#include <limits>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::layers {

JsonFields::JsonFields(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
  if (!object_.is_object()) throw Error(ErrorKind::integrity, fmt::format("{} is not a JSON object", where_));
}

void JsonFields::refuse(std::string_view name, std::string_view problem) const {
  throw Error(ErrorKind::integrity, fmt::format("{}: field `{}` {}", where_, name, problem));
}

std::string JsonFields::where(std::string_view name) const {
  return fmt::format("{}: {}", where_, name);
}

const Json* JsonFields::find(std::string_view name) const {
  const auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

const Json& JsonFields::required(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr) refuse(name, "is missing");
  return *value;
}

const Json* JsonFields::object(std::string_view name) const {
  const Json* value = find(name);
  if (value != nullptr && !value->is_object()) refuse(name, "is not an object");
  return value;
}

const Json* JsonFields::array(std::string_view name) const {
  const Json* value = find(name);
  if (value != nullptr && !value->is_array()) refuse(name, "is not a list");
  return value;
}

const Json& JsonFields::required_array(std::string_view name) const {
  required(name);
  return *array(name);
}

std::string JsonFields::text(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr) return {};
  if (!value->is_string()) refuse(name, "is not a string");
  return value->get<std::string>();
}

std::string JsonFields::required_text(std::string_view name) const {
  required(name);
  std::string value = text(name);
  if (value.empty()) refuse(name, "is empty");
  return value;
}

bool JsonFields::flag(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr) return false;
  if (!value->is_boolean()) refuse(name, "is neither true nor false");
  return value->get<bool>();
}

std::uint64_t JsonFields::required_size(std::string_view name) const {
  const Json& value = required(name);
  // The parser makes a fraction, an exponent and what is beyond 64 bits a floating-point number.
  if (!value.is_number_integer() || value < 0) refuse(name, "is not a whole number of bytes");
  const auto number = value.get<std::uint64_t>();
  if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    refuse(name, "is beyond 63 bits");
  return number;
}

std::vector<std::string> JsonFields::texts(std::string_view name) const {
  std::vector<std::string> result;
  const Json* list = array(name);
  if (list == nullptr) return result;
  for (const Json& item : *list) {
    if (!item.is_string()) refuse(name, "is not a list of strings");
    result.push_back(item.get<std::string>());
  }
  return result;
}

std::map<std::string, std::string> JsonFields::text_map(std::string_view name) const {
  std::map<std::string, std::string> result;
  const Json* map = object(name);
  if (map == nullptr) return result;
  for (const auto& item : map->items()) {
    if (!item.value().is_string())
      refuse(name, fmt::format("has a value that is not a string at {}", shown(item.key())));
    result.emplace(item.key(), item.value().get<std::string>());
  }
  return result;
}

}  // namespace whittle::layers
