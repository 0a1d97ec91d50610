#include "common/json.hpp"

#include <fmt/format.h>

#include <vector>

#include "common/text.hpp"

namespace whittle {
namespace {

// Builds the tree from the parser's events, refusing what the library would let pass.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  Builder(std::string_view what, ErrorKind kind, const JsonLimits& limits)
      : what_(what), kind_(kind), limits_(limits) {}

  Json take() { return std::move(root_); }

  bool null() override { return place(nullptr); }
  bool boolean(bool value) override { return place(value); }
  bool number_integer(number_integer_t value) override { return place(value); }
  bool number_unsigned(number_unsigned_t value) override { return place(value); }
  bool number_float(number_float_t value, const string_t&) override { return place(value); }
  bool string(string_t& value) override { return place(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (open_.back()->contains(name))
      throw Error(kind_, fmt::format("{} has the name {} twice in one object", what_, shown(name)));
    key_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    // The library's text is "[json.exception.…] parse error at …: reason"; keep the reason.
    std::string_view reason = error.what();
    if (const auto colon = reason.find(": "); colon != std::string_view::npos)
      reason.remove_prefix(colon + 2);
    throw Error(kind_, fmt::format("{} is not valid JSON at byte {}: {}", what_, position, escaped(reason)));
  }

 private:
  template <class Value>
  Json* insert(Value&& value) {
    if (open_.empty()) {
      root_ = std::forward<Value>(value);
      return &root_;
    }
    Json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::forward<Value>(value));
      return &parent.back();
    }
    Json& slot = parent[key_];
    slot = std::forward<Value>(value);
    return &slot;
  }
  template <class Value>
  bool place(Value&& value) {
    insert(std::forward<Value>(value));
    return true;
  }
  bool open(Json container) {
    if (open_.size() >= limits_.depth)
      throw Error(ErrorKind::limit,
                  fmt::format("{} is nested deeper than the limit of {}", what_, limits_.depth));
    open_.push_back(insert(std::move(container)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::string_view what_;
  ErrorKind kind_;
  JsonLimits limits_;
  Json root_;
  std::vector<Json*> open_;  // from the root to the container being filled; parents do not move while it is
  std::string key_;
};

}  // namespace

Json parse_json(std::string_view text, std::string_view what, ErrorKind kind, const JsonLimits& limits) {
  if (text.size() > limits.bytes)
    throw Error(ErrorKind::limit,
                fmt::format("{} has {} bytes, more than the limit of {}", what, text.size(), limits.bytes));
  Builder builder(what, kind, limits);
  Json::sax_parse(text.begin(), text.end(), &builder, Json::input_format_t::json, /*strict=*/true);
  return builder.take();
}

std::string canonical(const Json& document) {
  try {
    return document.dump(-1, ' ', false, Json::error_handler_t::strict);
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::internal, fmt::format("writing JSON: {}", escaped(error.what())));
  }
}

}  // namespace whittle
