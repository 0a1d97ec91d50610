#include "builder/spec_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "builder/named_values.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

std::string_view kind_of(const YamlNode& node) {
  if (node.type == YamlNode::Type::sequence) return "a list";
  if (node.type == YamlNode::Type::mapping) return "a mapping";
  return node.is_blank() ? "nothing" : "text";
}

std::string joined(std::span<const std::string_view> names) {
  std::string result;
  for (const auto name : names) result += fmt::format("{}`{}`", result.empty() ? "" : ", ", name);
  return result;
}

}  // namespace

Position Value::where() const {
  return {*file_, node_->mark.line, node_->mark.column};
}

void Value::refuse(std::string_view why, ErrorKind kind) const {
  const auto place = key_.empty() ? where().text() : fmt::format("{}: `{}`", where().text(), escaped(key_));
  throw Error(kind, fmt::format("{}: {}", place, why));
}

void Value::refuse(std::string_view why, std::string hint) const {
  try {
    refuse(why);
  } catch (Error& error) {
    error.hint(std::move(hint));
    throw;
  }
}

void Value::refuse_with(const Error& error) const {
  const bool keep = error.kind() == ErrorKind::unsupported || error.kind() == ErrorKind::internal;
  try {
    refuse(error.message(), keep ? error.kind() : ErrorKind::spec);
  } catch (Error& converted) {
    for (const auto& hint : error.hints()) converted.hint(hint);
    throw;
  }
}

const std::string& Value::scalar() const {
  if (node_->type != YamlNode::Type::scalar) refuse(fmt::format("takes text; here is {}", kind_of(*node_)));
  if (node_->is_blank()) refuse("has no value; write \"\" for text without characters");
  return node_->text;
}

std::string Value::text() const {
  const auto& written = scalar();
  if (has_named_values(written))
    refuse(fmt::format("named values do not expand here: {}", shown(written)),
           "they do in `tags`, `labels`, `annotations` and the values of `-X`; write `$${` for a dollar sign "
           "and a "
           "brace");
  return expand(written, {}, where());
}

std::string Value::expandable_text() const {
  const auto& written = scalar();
  check_named_values(written, where());
  return written;
}

bool Value::boolean() const {
  const auto& written = scalar();
  if (is_plain() && written == "true") return true;
  if (is_plain() && written == "false") return false;
  refuse(fmt::format("takes true or false, without quotes; here is {}", shown(written)));
}

std::vector<Value> Value::list() const {
  if (!is_list())
    refuse(fmt::format("takes a list; here is {}", kind_of(*node_)),
           fmt::format("write it in brackets: `{}: [A, B]`", escaped(key_)));
  std::vector<Value> values;
  for (const auto& item : node_->items) values.push_back(child(*item, key_));
  return values;
}

std::vector<Value> Value::mapping() const {
  if (!is_mapping()) refuse(fmt::format("takes a mapping (`KEY: VALUE` lines); here is {}", kind_of(*node_)));
  std::vector<Value> values;
  for (const auto& entry : node_->entries) {
    values.push_back(child(*entry.value, entry.key));
    if (has_named_values(entry.key)) values.back().refuse("named values do not expand in keys");
  }
  return values;
}

std::vector<std::string> Value::texts() const {
  std::vector<std::string> result;
  for (const auto& value : list()) result.push_back(value.text());
  return result;
}

std::optional<Value> Value::find(std::string_view key) const {
  for (const auto& entry : node_->entries)
    if (entry.key == key) return child(*entry.value, entry.key);
  return std::nullopt;
}

void Value::check_keys(std::span<const std::string_view> keys,
                       std::span<const std::string_view> planned) const {
  const auto contains = [](std::span<const std::string_view> names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (!is_mapping())
    refuse(fmt::format("takes a mapping with the keys {}; here is {}", joined(keys), kind_of(*node_)));
  for (const auto& entry : node_->entries) {
    if (contains(keys, entry.key)) continue;
    const auto place = Position{*file_, entry.mark.line, entry.mark.column}.text();
    if (contains(planned, entry.key))
      throw Error(ErrorKind::unsupported,
                  fmt::format("{}: `{}` is not supported by this version of whittle", place, entry.key));
    const auto near = nearest(entry.key, keys);
    const auto help =
        near ? fmt::format("did you mean `{}`?", *near) : fmt::format("known here: {}", joined(keys));
    throw Error(ErrorKind::spec, fmt::format("{}: unknown key `{}`; {}", place, escaped(entry.key), help));
  }
}

}  // namespace whittle::builder
