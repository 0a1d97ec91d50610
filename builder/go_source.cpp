#include "builder/go_source.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "builder/build_constraint.hpp"

namespace whittle::builder {
namespace {

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {
    if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
  }

  std::optional<GoToken> next() {
    skip_blanks();
    if (at_ >= text_.size()) return std::nullopt;
    const auto line = line_;
    const char c = text_[at_];
    if (c == '"' || c == '\'') return GoToken{GoToken::Kind::text, quoted(c), line};
    if (c == '`') return GoToken{GoToken::Kind::text, raw(), line};
    if (!is_word_character(c)) return GoToken{GoToken::Kind::sign, std::string(1, text_[at_++]), line};
    const auto start = at_;
    while (at_ < text_.size() && is_word_character(text_[at_])) ++at_;
    const auto kind = is_digit(c) ? GoToken::Kind::number : GoToken::Kind::word;
    return GoToken{kind, std::string(text_.substr(start, at_ - start)), line};
  }

 private:
  void skip_to(std::size_t end) {
    end = std::min(end, text_.size());
    line_ += static_cast<std::size_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                                                 text_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
    at_ = end;
  }
  void skip_blanks() {
    while (at_ < text_.size()) {
      const auto rest = text_.substr(at_);
      if (rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r' || rest[0] == '\n')
        skip_to(at_ + 1);
      else if (rest.starts_with("//"))
        skip_to(text_.find('\n', at_));
      else if (rest.starts_with("/*"))
        skip_to(end_behind("*/", at_ + 2));
      else
        return;
    }
  }
  std::size_t end_behind(std::string_view mark, std::size_t from) const {
    const auto found = text_.find(mark, from);
    return found == std::string_view::npos ? text_.size() : found + mark.size();
  }
  std::string quoted(char quote) {
    std::string value;
    for (++at_; at_ < text_.size() && text_[at_] != '\n'; ++at_) {
      if (text_[at_] == quote) {
        ++at_;
        break;
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_];
    }
    return value;
  }
  std::string raw() {
    const auto start = at_ + 1;
    const auto end = std::min(text_.find('`', start), text_.size());
    skip_to(std::min(end + 1, text_.size()));
    return std::string(text_.substr(start, end - start));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

bool is_word(const GoToken& token, std::string_view word) {
  return token.kind == GoToken::Kind::word && token.text == word;
}

// Imports come before everything else; they end with the first `func`, `var`, `type` or `const`.
void collect_imports(GoSource& source) {
  const auto& tokens = source.tokens;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (is_sign(tokens[i], ';')) continue;
    if (!is_word(tokens[i], "import")) return;
    const bool group = i + 1 < tokens.size() && is_sign(tokens[i + 1], '(');
    for (++i; i < tokens.size() && !is_sign(tokens[i], ')'); ++i) {
      if (tokens[i].kind != GoToken::Kind::text) continue;
      source.imports.push_back(tokens[i].text);
      if (!group) break;
    }
  }
}

bool declares_main(const std::vector<GoToken>& tokens) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
    if (is_sign(tokens[i], '{')) ++depth;
    if (is_sign(tokens[i], '}') && depth > 0) --depth;
    if (depth == 0 && is_word(tokens[i], "func") && is_word(tokens[i + 1], "main") &&
        is_sign(tokens[i + 2], '('))
      return true;
  }
  return false;
}

bool is_true_tag(std::string_view tag) {
  static constexpr std::array<std::string_view, 17> known = {
      "linux", "unix",    "gc",      "cgo",  "amd64",  "arm64",  "arm",      "386",  "ppc64le",
      "s390x", "riscv64", "loong64", "mips", "mipsle", "mips64", "mips64le", "ppc64"};
  return std::find(known.begin(), known.end(), tag) != known.end() || tag.starts_with("go1.");
}

// One `// +build` line: words of which one must hold, each a list of terms joined by commas that must all
// hold.
bool old_line_holds(std::string_view line) {
  bool any = false;
  while (!line.empty()) {
    const auto end = std::min(line.find_first_of(" \t\r"), line.size());
    auto option = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    if (option.empty()) continue;
    bool all = true;
    while (!option.empty()) {
      const auto comma = std::min(option.find(','), option.size());
      const auto term = option.substr(0, comma);
      option.remove_prefix(std::min(comma + 1, option.size()));
      all = all && (term.starts_with('!') ? !is_true_tag(term.substr(1)) : is_true_tag(term));
    }
    any = any || all;
  }
  return any;
}

}  // namespace

GoSource read_go_source(std::string_view text) {
  GoSource source;
  Lexer lexer(text);
  const auto first = lexer.next();
  const auto name = first && is_word(*first, "package") ? lexer.next() : std::nullopt;
  if (!name || name->kind != GoToken::Kind::word) return source;
  source.package = name->text;
  while (auto token = lexer.next()) source.tokens.push_back(std::move(*token));
  collect_imports(source);
  source.has_main = source.package == "main" && declares_main(source.tokens);
  return source;
}

bool is_built_for_linux(std::string_view text) {
  bool old = true;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("//go:build ")) return constraint_holds(line.substr(11), is_true_tag);
    if (line.starts_with("// +build ")) old = old && old_line_holds(line.substr(10));
    if (line.starts_with("package ")) break;
  }
  return old;
}

}  // namespace whittle::builder
