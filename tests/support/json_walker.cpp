#include "tests/support/json_walker.hpp"

#include <fmt/format.h>

#include <optional>

#include "common/text.hpp"

namespace whittle::test {
namespace {

// The only way to write a character that RFC 8259, section 7, wants escaped; empty for all others.
std::string shortest_escape(unsigned char c) {
  switch (c) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\b':
      return "\\b";
    case '\f':
      return "\\f";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return c < 0x20 ? fmt::format("\\u{:04x}", c) : "";
  }
}

class JsonWalker {
 public:
  explicit JsonWalker(std::string_view text) : rest_(text) {}

  std::vector<std::string> walk() {
    while (!rest_.empty()) step();
    return std::move(found_);
  }

 private:
  void step() {
    const char c = rest_[0];
    if (c == '"') return text();
    if (c == '-' || (c >= '0' && c <= '9')) return number();
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
      found_.emplace_back("it has white space between values");
    if (c == '{') open_.emplace_back(Open{true, true, {}});
    if (c == '[') open_.emplace_back(Open{false, false, {}});
    if ((c == '}' || c == ']') && !open_.empty()) open_.pop_back();
    if (!open_.empty() && open_.back().object && (c == ',' || c == ':')) open_.back().name_next = c == ',';
    rest_.remove_prefix(1);
  }

  void text() {
    std::string value;
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_[0] != '"') value += rest_[0] == '\\' ? escape() : plain(1);
    if (!rest_.empty()) rest_.remove_prefix(1);
    if (open_.empty() || !open_.back().name_next) return;
    std::optional<std::string>& last = open_.back().last;
    if (last && value <= *last)
      found_.push_back(fmt::format("the name {} is not sorted, or is there twice", shown(value)));
    last = std::move(value);
  }

  // One escape, decoded as far as sorting needs it.
  std::string escape() {
    const std::size_t length = rest_.substr(0, 2) == "\\u" ? 6 : 2;
    const std::string written(rest_.substr(0, length));
    rest_.remove_prefix(written.size());
    for (int c = 0; c < 0x80; ++c)
      if (written == shortest_escape(static_cast<unsigned char>(c))) return {static_cast<char>(c)};
    found_.push_back(fmt::format("the escape {} could be shorter", shown(written)));
    return written;
  }

  std::string plain(std::size_t count) {
    std::string value(rest_.substr(0, count));
    rest_.remove_prefix(count);
    return value;
  }

  void number() {
    const std::string value = plain(rest_.find_first_not_of("+-.0123456789eE"));
    if (value == "-0" || value.find_first_of("+eE") != std::string::npos ||
        (value.find('.') != std::string::npos && value.back() == '0'))
      found_.push_back(fmt::format("the number {} could be shorter", shown(value)));
  }

  struct Open {
    bool object;
    bool name_next;
    std::optional<std::string> last;
  };
  std::string_view rest_;
  std::vector<Open> open_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> json_violations(std::string_view text) {
  return JsonWalker(text).walk();
}

}  // namespace whittle::test
