#include "builder/dockerfile_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/error.hpp"
#include "common/glob.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

constexpr std::size_t deepest_nesting = 16;
// A pattern is tried at each position of a value; beyond this length that takes too long.
constexpr std::size_t longest_matched = 96;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::size_t end_of_name(std::string_view text, std::size_t from) {
  while (from < text.size() && is_name_character(text[from])) ++from;
  return from;
}

void check_length(const std::string& value) {
  if (value.size() > Variables::longest_value)
    throw Error(ErrorKind::limit, fmt::format("a value with its variables replaced is longer than {} bytes",
                                              Variables::longest_value));
}

// The mark for an argument that has no default, by what such arguments are called.
char mark_for(std::string_view name) {
  std::string upper;
  for (const char c : name) upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  const auto has = [&](std::string_view part) { return upper.find(part) != std::string::npos; };
  if (has("COMMIT") || has("REVISION") || has("GIT_SHA") || has("GITSHA") || has("GIT_HASH") ||
      has("VCS_REF") || upper == "SHA" || upper == "GIT_REF")
    return mark::commit;
  if (has("DATE") || has("TIME")) return mark::date;
  if (upper == "VERSION" || upper == "TAG" || upper.ends_with("_VERSION") || upper.ends_with("_TAG"))
    return mark::version;
  return mark::unknown;
}

// In these patterns `*` matches slashes too, which it does not in file names.
std::string with_plain_slashes(std::string text) {
  std::replace(text.begin(), text.end(), '/', '\x06');
  return text;
}

bool matches(const std::string& pattern, std::string_view text) {
  return glob_match(with_plain_slashes(pattern), with_plain_slashes(std::string(text)));
}

// ${x#p} and ${x%p}: the value without the shortest or longest beginning or end that matches.
std::string without_match(const std::string& value, const std::string& pattern, bool at_start, bool longest) {
  const auto length = value.size();
  for (std::size_t i = 0; i <= length; ++i) {
    const auto count = longest ? length - i : i;
    const auto start = at_start ? 0 : length - count;
    if (matches(pattern, std::string_view(value).substr(start, count)))
      return at_start ? value.substr(count) : value.substr(0, length - count);
  }
  return value;
}

// ${x/p/r} and ${x//p/r}.
std::string replaced(const std::string& value, const std::string& pattern, const std::string& by, bool all) {
  std::string result;
  std::size_t at = 0;
  while (at < value.size()) {
    std::size_t count = value.size() - at;
    while (count > 0 && !matches(pattern, std::string_view(value).substr(at, count))) --count;
    if (count == 0) {
      result += value[at++];
      continue;
    }
    result += by;
    at += count;
    if (!all) break;
  }
  return at < value.size() ? result + value.substr(at) : result;
}

}  // namespace

bool has_mark(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= mark::unknown && c <= mark::date; });
}

std::string without_marks(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == mark::unknown)
      result += "<unknown>";
    else if (c == mark::commit)
      result += "<commit>";
    else if (c == mark::version)
      result += "<version>";
    else if (c == mark::platform)
      result += "<platform>";
    else if (c == mark::date)
      result += "<date>";
    else
      result += c;
  }
  return result;
}

std::optional<std::string> spec_text(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] == mark::commit)
      result += "${git.commit}";
    else if (text[i] == mark::version)
      result += "${version}";
    else if (text[i] >= mark::unknown && text[i] <= mark::date)
      return std::nullopt;
    // Before a mark a `$` would run into the `${` that replaces it.
    else if (text[i] == '$' && (next == '$' || next == '{' || next == mark::commit || next == mark::version))
      result += "$$";
    else
      result += text[i];
  }
  return result;
}

void Variables::set(const std::string& name, std::string value) {
  check_length(value);
  values_[name] = std::move(value);
}

void Variables::declare(const std::string& name) {
  values_[name] = std::string(1, mark_for(name));
}

const std::string* Variables::find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

std::string Variables::substitute(std::string_view expression, char escape, std::size_t depth) const {
  if (depth > deepest_nesting) throw Error(ErrorKind::limit, "variables are nested too deep");
  const auto end = end_of_name(expression, 0);
  const auto name = expression.substr(0, end);
  const auto refuse = [&]() -> std::string {
    throw Error(ErrorKind::unsupported,
                fmt::format("${{{}}} is of a form that is not translated", escaped(expression)));
  };
  if (name.empty()) return refuse();
  const auto* const found = find(name);
  const std::string value = found ? *found : "";
  auto rest = expression.substr(end);
  if (rest.empty()) return value;
  const auto word = [&](std::size_t skip) { return expand(rest.substr(skip), escape, depth + 1); };
  const bool colon = rest[0] == ':' && rest.size() > 1;
  if (colon) rest.remove_prefix(1);
  const bool is_set = colon ? !value.empty() : found != nullptr;
  switch (rest[0]) {
    // An argument without a default that has a stand-in here is the stand-in.
    case '-':
      return is_set && value != std::string(1, mark::unknown) ? value : word(1);
    case '+':
      return is_set ? word(1) : "";
    case '?':
      return value;
    default:
      break;
  }
  if (colon) return refuse();
  if (has_mark(value)) return value;
  if (value.size() > longest_matched || rest.size() > longest_matched)
    throw Error(ErrorKind::limit, fmt::format("a pattern is matched with at most {} bytes", longest_matched));
  const bool twice = rest.size() > 1 && rest[1] == rest[0];
  if (rest[0] == '#' || rest[0] == '%')
    return without_match(value, word(twice ? 2 : 1), rest[0] == '#', twice);
  if (rest[0] != '/') return refuse();
  const auto from = std::size_t{twice ? 2U : 1U};
  const auto slash = std::min(rest.find('/', from), rest.size());
  const auto by = slash < rest.size() ? word(slash + 1) : "";
  return replaced(value, expand(rest.substr(from, slash - from), escape, depth + 1), by, twice);
}

std::string Variables::expand(std::string_view word, char escape, std::size_t depth) const {
  if (depth > deepest_nesting) throw Error(ErrorKind::limit, "variables are nested too deep");
  std::string result;
  bool quoted = false;  // in double quotes
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    if (c == '\'' && !quoted) {
      const auto close = std::min(word.find('\'', i + 1), word.size());
      result += word.substr(i + 1, close - i - 1);
      i = close;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == escape && i + 1 < word.size()) {
      const char next = word[++i];
      if (quoted && next != '"' && next != '$' && next != escape) result += c;
      result += next;
    } else if (c == '$' && i + 1 < word.size() && word[i + 1] == '{') {
      const auto close = closing_brace(word, i + 2);
      if (close == std::string_view::npos) throw Error(ErrorKind::unsupported, "a `${` is not closed");
      result += substitute(word.substr(i + 2, close - i - 2), escape, depth + 1);
      i = close;
    } else if (c == '$' && end_of_name(word, i + 1) > i + 1) {
      const auto end = end_of_name(word, i + 1);
      const auto* const value = find(word.substr(i + 1, end - i - 1));
      if (value) result += *value;
      i = end - 1;
    } else {
      result += c;
    }
    check_length(result);
  }
  return result;
}

std::vector<std::string> split_words(std::string_view text, char escape) {
  std::vector<std::string> words;
  std::string word;
  bool has_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool blank = c == ' ' || c == '\t' || c == '\n';
    if (quote == 0 && blank) {
      if (has_word) words.push_back(std::move(word));
      word.clear();
      has_word = false;
      continue;
    }
    has_word = true;
    word += c;
    if (c == escape && quote != '\'' && i + 1 < text.size())
      word += text[++i];
    else if (quote != 0)
      quote = c == quote ? '\0' : quote;
    else if (c == '"' || c == '\'')
      quote = c;
  }
  if (has_word) words.push_back(std::move(word));
  return words;
}

std::size_t closing_brace(std::string_view text, std::size_t from) {
  std::size_t open = 1;
  for (std::size_t i = from; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '{' && text[i - 1] == '$')
      ++open;
    else if (text[i] == '}' && --open == 0)
      return i;
  }
  return std::string_view::npos;
}

bool is_name(std::string_view text) {
  return !text.empty() && end_of_name(text, 0) == text.size() && !(text[0] >= '0' && text[0] <= '9');
}

}  // namespace whittle::builder
