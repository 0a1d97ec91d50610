// A pattern on the first line, a name on the second.
#include "common/glob.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {
namespace {

std::string quoted(std::string_view name) {
  std::string pattern;
  for (const char c : name) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

}  // namespace

void glob_input(std::string_view input) {
  const auto line = take_line(input);
  const auto pattern = GlobPattern::parse(line);
  const auto match = match_pattern(line, input);
  require(pattern.has_value() == (match != PatternMatch::malformed), "a pattern is malformed for every name");
  if (pattern) require(pattern->matches(input) == glob_match(line, input), "a pattern has one meaning");
  require(glob_match(quoted(input), input), "a quoted name matches itself");
}

}  // namespace whittle::fuzz
