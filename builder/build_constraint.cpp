#include "builder/build_constraint.hpp"

#include <algorithm>
#include <cstddef>

namespace whittle::builder {
namespace {

constexpr std::size_t deepest_constraint = 32;

bool is_tag_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Constraint {
 public:
  Constraint(std::string_view text, const std::function<bool(std::string_view)>& is_set)
      : text_(text), is_set_(is_set) {}
  bool value() {
    const bool result = any();
    return is_bad_ || at_ < text_.size() || result;
  }

 private:
  bool take(std::string_view sign) {
    at_ = std::min(text_.find_first_not_of(" \t\r", at_), text_.size());
    if (!text_.substr(at_).starts_with(sign)) return false;
    at_ += sign.size();
    return true;
  }
  bool any() {
    bool result = all();
    while (take("||")) result = all() || result;
    return result;
  }
  bool all() {
    bool result = one();
    while (take("&&")) result = one() && result;
    return result;
  }
  bool one() {
    if (++depth_ > deepest_constraint) is_bad_ = true;
    bool result = true;
    if (is_bad_) {
    } else if (take("!")) {
      result = !one();
    } else if (take("(")) {
      result = any();
      if (!take(")")) is_bad_ = true;
    } else {
      result = tag();
    }
    --depth_;
    return result;
  }
  bool tag() {
    take("");
    const auto start = at_;
    while (at_ < text_.size() && is_tag_character(text_[at_])) ++at_;
    if (at_ == start) is_bad_ = true;
    const bool result = !is_bad_ && is_set_(text_.substr(start, at_ - start));
    take("");
    return result;
  }

  std::string_view text_;
  const std::function<bool(std::string_view)>& is_set_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  bool is_bad_ = false;
};

}  // namespace

std::optional<std::string_view> build_constraint_of(std::string_view text) {
  constexpr std::string_view beginning = "//go:build ";
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with(beginning)) return line.substr(beginning.size());
    if (line.starts_with("package ")) break;
  }
  return std::nullopt;
}

bool constraint_holds(std::string_view expression, const std::function<bool(std::string_view)>& is_set) {
  return Constraint(expression, is_set).value();
}

}  // namespace whittle::builder
