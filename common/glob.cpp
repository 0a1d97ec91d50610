#include "common/glob.hpp"

#include <algorithm>

#include "common/text.hpp"

namespace whittle {
namespace {

// A byte that begins no valid character counts as this one, as Go has it.
constexpr std::uint32_t replacement = 0xfffd;

Character character_at(std::string_view text) {
  const auto c = decode_character(text);
  return c.length > 0 ? c : Character{replacement, 1};
}

// One end of a range; it may be quoted, and something has to follow it.
std::optional<std::uint32_t> take_range_end(std::string_view& text) {
  if (text.empty() || text[0] == '-' || text[0] == ']') return std::nullopt;
  if (text[0] == '\\') text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  const auto c = decode_character(text);
  if (c.length == 0 || c.length == text.size()) return std::nullopt;
  text.remove_prefix(c.length);
  return c.value;
}

}  // namespace

std::optional<CharacterSet> CharacterSet::parse(std::string_view& text) {
  CharacterSet set;
  text.remove_prefix(1);
  if (text.starts_with('^')) {
    set.negated_ = true;
    text.remove_prefix(1);
  }
  while (set.ranges_.empty() || !text.starts_with(']')) {
    const auto low = take_range_end(text);
    if (!low) return std::nullopt;
    auto high = low;
    if (text.starts_with('-')) {
      text.remove_prefix(1);
      high = take_range_end(text);
      if (!high) return std::nullopt;
    }
    set.ranges_.emplace_back(*low, *high);
  }
  text.remove_prefix(1);
  return set;
}

bool CharacterSet::contains(std::uint32_t c) const {
  const bool found = std::any_of(ranges_.begin(), ranges_.end(),
                                 [c](const auto& range) { return range.first <= c && c <= range.second; });
  return found != negated_;
}

bool CharacterSet::has_empty_range() const {
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [](const auto& range) { return range.first > range.second; });
}

std::optional<GlobPattern> GlobPattern::parse(std::string_view pattern) {
  GlobPattern result;
  while (!pattern.empty()) {
    if (pattern[0] == '[') {
      auto set = CharacterSet::parse(pattern);
      if (!set) return std::nullopt;
      result.tokens_.push_back({Token::Kind::set, 0, std::move(*set)});
      continue;
    }
    if (pattern[0] == '*') {
      if (result.tokens_.empty() || result.tokens_.back().kind != Token::Kind::run)
        result.tokens_.push_back({Token::Kind::run});
    } else if (pattern[0] == '?') {
      result.tokens_.push_back({Token::Kind::one});
    } else {
      if (pattern[0] == '\\') pattern.remove_prefix(1);
      if (pattern.empty()) return std::nullopt;
      result.tokens_.push_back({Token::Kind::byte, pattern[0]});
    }
    pattern.remove_prefix(1);
  }
  return result;
}

std::size_t GlobPattern::step(const Token& token, std::string_view rest) {
  if (rest.empty()) return 0;
  if (token.kind == Token::Kind::byte) return rest[0] == token.byte ? 1 : 0;
  const auto c = character_at(rest);
  if (token.kind == Token::Kind::one) return rest[0] == '/' ? 0 : c.length;
  return token.set.contains(c.value) ? c.length : 0;
}

bool GlobPattern::matches(std::string_view name) const {
  // When what follows the last `*` does not fit, that `*` takes one byte more and the rest is tried again.
  // Earlier ones need no second try: Go does not give them one either.
  std::size_t token = 0;
  std::size_t position = 0;
  std::optional<std::size_t> run;  // the last `*` passed
  std::size_t run_end = 0;         // where what it took ends
  for (;;) {
    if (token < tokens_.size() && tokens_[token].kind == Token::Kind::run) {
      run = token++;
      run_end = position;
      continue;
    }
    if (token == tokens_.size() && position == name.size()) return true;
    const auto taken = token < tokens_.size() ? step(tokens_[token], name.substr(position)) : 0;
    if (taken > 0) {
      ++token;
      position += taken;
      continue;
    }
    if (!run || run_end == name.size() || name[run_end] == '/') return false;
    position = ++run_end;
    token = *run + 1;
  }
}

PatternMatch match_pattern(std::string_view pattern, std::string_view name) {
  const auto compiled = GlobPattern::parse(pattern);
  if (!compiled) return PatternMatch::malformed;
  return compiled->matches(name) ? PatternMatch::yes : PatternMatch::no;
}

bool glob_match(std::string_view pattern, std::string_view name) {
  return match_pattern(pattern, name) == PatternMatch::yes;
}

}  // namespace whittle
