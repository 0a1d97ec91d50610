// Ignore files: which paths of a context are left out. The semantics are those of `docker build`: rules apply
// in order and the last that matches decides; `!` takes back; `**` crosses folders; a rule that matches a
// folder matches all below it; a path is re-included by `!` even where its folder is left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/glob.hpp"

namespace whittle::builder {

// A rule with wildcards, compiled. Matching takes time proportional to length of rule × length of path.
class IgnorePattern {
 public:
  // `pattern` is clean and well-formed (see IgnoreRules).
  explicit IgnorePattern(std::string_view pattern);
  // Whether it matches the path or a folder above it.
  bool covers(std::string_view path) const;
  // What every matching path begins with.
  const std::string& prefix() const { return prefix_; }

 private:
  struct Token {
    enum class Kind {
      character,  // itself
      one,        // any character but "/"
      run,        // any number of those
      set,        // one character of a set
      rest,       // any number of any characters
      skip,       // the token `inside` that follows may be left out
      inside,     // any characters up to and including a "/"
    };
    Kind kind;
    std::uint32_t character = 0;
    CharacterSet set = {};
  };
  void add_stars(std::string_view& rest, bool first);
  void enter(std::vector<char>& states, std::size_t state) const;
  void step(const Token& token, std::size_t i, std::uint32_t c, std::vector<char>& next) const;

  std::vector<Token> tokens_;
  std::string prefix_;
};

// Immutable but for add(). Any number of threads may ask.
class IgnoreRules {
 public:
  // Adds the rules of one file after those that are there. `name` stands for it in messages: Error(spec)
  // "NAME:LINE: …" for a malformed rule, Error(spec_limit) for too many rules with wildcards.
  void add(std::string_view text, std::string_view name);

  // Whether the path (relative to the context, "/" between components) is left out.
  bool ignores(std::string_view path) const;
  // Whether something below a folder that is left out may still be taken back in, so that it has to be
  // walked.
  bool may_include_below(std::string_view folder) const;

 private:
  // Neighbours of the same sign: whether one of them matches is all that matters, so plain ones can be looked
  // up.
  struct Group {
    bool exception = false;
    std::set<std::string, std::less<>> plain = {};
    std::vector<IgnorePattern> patterns = {};
  };
  static bool covers(const Group& group, std::string_view path);
  void add_rule(std::string_view rule, bool exception);

  std::vector<Group> groups_;
  std::size_t pattern_count_ = 0;
};

}  // namespace whittle::builder
