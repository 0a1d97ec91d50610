#include "builder/ignore.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

constexpr std::size_t most_patterns = 10'000;
constexpr std::string_view white = " \t\n\v\f\r";

// The shortest path of the same meaning: no empty components, no `.`, and `..` only in front.
std::string cleaned(std::string_view path) {
  std::vector<std::string_view> parts;
  const bool rooted = path.starts_with('/');
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    const auto part = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (part.empty() || part == ".") continue;
    const bool climbs = part == ".." && (parts.empty() || parts.back() == "..");
    if (part != ".." || (climbs && !rooted))
      parts.push_back(part);
    else if (!parts.empty() && !climbs)
      parts.pop_back();
  }
  std::string result = rooted ? "/" : "";
  for (std::size_t i = 0; i < parts.size(); ++i) result += fmt::format("{}{}", i > 0 ? "/" : "", parts[i]);
  return result.empty() ? "." : result;
}

// A line as a rule: clean, relative, with its `!`. Docker does this in two steps, and what the first leaves
// in front counts in the second: "/ a" is "a", "!/" takes nothing back.
std::string normalised(std::string_view line) {
  const bool exception = line.starts_with('!');
  auto pattern = cleaned(trimmed(line.substr(exception ? 1 : 0), white));
  if (exception && trimmed(line.substr(1), white).empty()) return "!";
  if (pattern.size() > 1 && pattern[0] == '/') pattern.erase(0, 1);
  const auto rule = trimmed(exception ? pattern.insert(0, 1, '!') : pattern, white);
  return rule.empty() ? std::string() : cleaned(rule);
}

// The first character of a non-empty text. A byte that begins none gets a value that no character has.
Character character_at(std::string_view text) {
  const auto c = decode_character(text);
  return c.length > 0 ? c : Character{0x110000U + static_cast<unsigned char>(text[0]), 1};
}

// In a set, a byte that begins no character counts as this one.
std::uint32_t valid(std::uint32_t c) {
  return c > 0x10ffff ? 0xfffd : c;
}

bool has_wildcards(std::string_view rule) {
  return rule.find_first_of("*?[]\\") != std::string_view::npos;
}

bool has_empty_range(std::string_view rule) {
  while (!rule.empty()) {
    if (rule[0] == '[') {
      const auto set = CharacterSet::parse(rule);
      if (!set || set->has_empty_range()) return true;
      continue;
    }
    rule.remove_prefix(rule[0] == '\\' ? std::min<std::size_t>(2, rule.size()) : 1);
  }
  return false;
}

}  // namespace

IgnorePattern::IgnorePattern(std::string_view pattern) {
  const auto whole = pattern;
  while (!pattern.empty()) {
    const char c = pattern[0];
    if (c == '[') {
      tokens_.push_back({Token::Kind::set, 0, CharacterSet::parse(pattern).value_or(CharacterSet())});
    } else if (pattern.starts_with("**")) {
      add_stars(pattern, pattern.size() == whole.size());
    } else if (c == '*' || c == '?') {
      tokens_.push_back({c == '*' ? Token::Kind::run : Token::Kind::one});
      pattern.remove_prefix(1);
    } else {
      if (c == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
      const auto literal = character_at(pattern);
      const bool in_prefix = prefix_.size() == whole.size() - pattern.size();
      if (in_prefix) prefix_ += pattern.substr(0, literal.length);
      tokens_.push_back({Token::Kind::character, literal.value});
      pattern.remove_prefix(literal.length);
    }
  }
}

// Docker's readings of `**`, which differ with what is around it.
void IgnorePattern::add_stars(std::string_view& rest, bool first) {
  rest.remove_prefix(2);
  const bool before_slash = rest.starts_with('/');
  if (before_slash) rest.remove_prefix(1);
  // `**x` with nothing special behind it means "ends in x"; elsewhere `**x` means x in any folder.
  if (rest.empty() || (first && !before_slash && !has_wildcards(rest))) {
    tokens_.push_back({Token::Kind::rest});
  } else {
    tokens_.push_back({Token::Kind::skip});
    tokens_.push_back({Token::Kind::inside});
  }
}

// Adds a state and those that are reached from it without a character.
void IgnorePattern::enter(std::vector<char>& states, std::size_t state) const {
  for (;;) {
    const bool known = states[state] != 0;
    states[state] = 1;
    if (known || state == tokens_.size()) return;  // `inside`, which others set too, leads nowhere
    const auto kind = tokens_[state].kind;
    if (kind == Token::Kind::skip) {
      states[state + 1] = 1;
      state += 2;
    } else if (kind == Token::Kind::run || kind == Token::Kind::rest) {
      ++state;
    } else {
      return;
    }
  }
}

bool IgnorePattern::covers(std::string_view path) const {
  if (!path.starts_with(prefix_)) return false;
  std::vector<char> states(tokens_.size() + 1);
  std::vector<char> next(tokens_.size() + 1);
  enter(states, 0);
  while (!path.empty()) {
    const auto c = character_at(path);
    const bool slash = path[0] == '/';
    if (slash && states.back() != 0) return true;  // the folder that ends here
    path.remove_prefix(c.length);
    std::fill(next.begin(), next.end(), 0);
    for (std::size_t i = 0; i < tokens_.size(); ++i)
      if (states[i] != 0) step(tokens_[i], i, c.value, next);
    states.swap(next);
  }
  return states.back() != 0;
}

// Enters the states that token `i` leads to by reading `c`.
void IgnorePattern::step(const Token& token, std::size_t i, std::uint32_t c, std::vector<char>& next) const {
  const bool slash = c == '/';
  switch (token.kind) {
    case Token::Kind::character:
      if (c == token.character) enter(next, i + 1);
      break;
    case Token::Kind::one:
      if (!slash) enter(next, i + 1);
      break;
    case Token::Kind::run:
      if (!slash) enter(next, i);
      break;
    case Token::Kind::set:
      if (token.set.contains(valid(c))) enter(next, i + 1);
      break;
    case Token::Kind::rest:
      enter(next, i);
      break;
    case Token::Kind::inside:
      next[i] = 1;
      if (slash) enter(next, i + 1);
      break;
    case Token::Kind::skip:
      break;
  }
}

void IgnoreRules::add(std::string_view text, std::string_view name) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  for (std::size_t line = 1; !text.empty(); ++line) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto written = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (written.starts_with('#') || trimmed(written, white).empty()) continue;
    const auto rule = normalised(trimmed(written, white));
    if (rule.empty()) continue;
    const auto refuse = [&](std::string_view why, ErrorKind kind = ErrorKind::spec) {
      throw Error(kind, fmt::format("{}:{}: {} {}", escaped(name, false, 4096), line,
                                    shown(trimmed(written, white)), why));
    };
    const bool exception = rule.starts_with('!');
    const auto clean = rule.substr(exception ? 1 : 0);
    if (clean.empty()) refuse("takes nothing back: a pattern has to follow the `!`");
    if (!GlobPattern::parse(clean)) refuse("is malformed");
    if (has_wildcards(clean)) {
      if (has_empty_range(clean)) refuse("has a range that ends before it begins");
      if (++pattern_count_ > most_patterns)
        refuse(fmt::format("is one rule with wildcards too many; the limit is {}", most_patterns),
               ErrorKind::spec_limit);
    }
    add_rule(clean, exception);
  }
}

void IgnoreRules::add_rule(std::string_view rule, bool exception) {
  if (groups_.empty() || groups_.back().exception != exception) groups_.push_back({exception});
  if (has_wildcards(rule))
    groups_.back().patterns.emplace_back(rule);
  else
    groups_.back().plain.emplace(rule);
}

// Whether a rule of the group matches the path or a folder above it.
bool IgnoreRules::covers(const Group& group, std::string_view path) {
  for (const auto& pattern : group.patterns)
    if (pattern.covers(path)) return true;
  if (group.plain.empty()) return false;
  for (std::size_t end = path.find('/');; end = path.find('/', end + 1)) {
    if (group.plain.contains(path.substr(0, end))) return true;
    if (end == std::string_view::npos) return false;
  }
}

bool IgnoreRules::ignores(std::string_view path) const {
  bool ignored = false;
  for (const auto& group : groups_)
    if (group.exception == ignored && covers(group, path)) ignored = !group.exception;
  return ignored;
}

bool IgnoreRules::may_include_below(std::string_view folder) const {
  const auto below = fmt::format("{}/", folder);
  for (const auto& group : groups_) {
    if (!group.exception) continue;
    const auto plain = group.plain.lower_bound(below);
    if (plain != group.plain.end() && plain->starts_with(below)) return true;
    for (const auto& pattern : group.patterns)
      if (pattern.prefix().starts_with(below) || below.starts_with(pattern.prefix())) return true;
  }
  return false;
}

}  // namespace whittle::builder
