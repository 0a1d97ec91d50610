// Shell patterns as Go's path.Match reads them: `*` and `?` do not match "/", `[a-z]` and `[^a-z]` are sets,
// `\` quotes the next character. Matching takes at most length of pattern × length of name steps.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace whittle {

// What stands between brackets. A value.
class CharacterSet {
 public:
  // Reads the set that `text` begins with (from its "[") and removes it from `text`; nothing when it is
  // malformed, and then `text` is spent.
  static std::optional<CharacterSet> parse(std::string_view& text);
  bool contains(std::uint32_t c) const;
  // Whether some range ends before it begins, and so contains nothing.
  bool has_empty_range() const;

 private:
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges_;
  bool negated_ = false;
};

// A compiled pattern. Immutable; any number of threads may match with it.
class GlobPattern {
 public:
  // Nothing when the pattern is malformed.
  static std::optional<GlobPattern> parse(std::string_view pattern);
  bool matches(std::string_view name) const;

 private:
  struct Token {
    enum class Kind { byte, one, run, set };
    Kind kind;
    char byte = 0;
    CharacterSet set = {};
  };
  // The length of what `token` matches at the start of `rest`, 0 when it does not match.
  static std::size_t step(const Token& token, std::string_view rest);

  std::vector<Token> tokens_;
};

enum class PatternMatch { no, yes, malformed };
PatternMatch match_pattern(std::string_view pattern, std::string_view name);

// A malformed pattern matches nothing.
bool glob_match(std::string_view pattern, std::string_view name);

}  // namespace whittle
