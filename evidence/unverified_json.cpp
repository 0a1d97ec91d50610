#include "evidence/unverified_json.hpp"

#include <fmt/format.h>

#include "evidence/base64_text.hpp"

namespace whittle::evidence {
namespace {

constexpr JsonLimits payload_limits{payload_limit, 64};

const Json& field(const Json& in, const char* name, std::string_view what) {
  const auto found = in.is_object() ? in.find(name) : in.end();
  if (!in.is_object() || found == in.end() || found->is_null())
    throw unverified(what, fmt::format("has no `{}`", name));
  return *found;
}

}  // namespace

Error unverified(std::string_view what, std::string_view why) {
  return Error(ErrorKind::unverified, fmt::format("{} {}", what, why));
}

Json parse_unverified(std::string_view text, std::string_view what) {
  auto json = parse_json(text, what, ErrorKind::unverified, payload_limits);
  if (!json.is_object()) throw unverified(what, "is no JSON object");
  return json;
}

const Json& object_field(const Json& in, const char* name, std::string_view what) {
  const Json& value = field(in, name, what);
  if (!value.is_object()) throw unverified(what, fmt::format("has a `{}` that is no object", name));
  return value;
}

const Json& array_field(const Json& in, const char* name, std::string_view what) {
  const Json& value = field(in, name, what);
  if (!value.is_array()) throw unverified(what, fmt::format("has a `{}` that is no list", name));
  return value;
}

std::string text_field(const Json& in, const char* name, std::string_view what) {
  const Json& value = field(in, name, what);
  if (!value.is_string()) throw unverified(what, fmt::format("has a `{}` that is no text", name));
  return value.get<std::string>();
}

std::string bytes_field(const Json& in, const char* name, std::string_view what) {
  auto bytes = decode_base64_text(text_field(in, name, what));
  if (!bytes) throw unverified(what, fmt::format("has a `{}` that is not base64", name));
  return std::move(*bytes);
}

layers::JsonFields object_in(const layers::JsonFields& fields, std::string_view name) {
  const Json* object = fields.object(name);
  if (object == nullptr) throw unverified(fields.where(name), "is missing");
  return {*object, fields.where(name)};
}

}  // namespace whittle::evidence
