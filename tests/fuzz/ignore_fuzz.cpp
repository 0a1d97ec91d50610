// A path on the first line, an ignore file after it. Hostile case 47: the answer takes linear time.
#include "builder/ignore.hpp"

#include <chrono>

#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::ignore_input(std::string_view input) {
  using Clock = std::chrono::steady_clock;
  const auto path = take_line(input).substr(0, 512);
  builder::IgnoreRules rules;
  const auto added = parsed([&] {
    rules.add(input, ".dockerignore");
    return true;
  });
  if (!added || path.empty()) return;
  const auto start = Clock::now();
  const bool ignored = rules.ignores(path);
  rules.may_include_below(path);
  require(Clock::now() - start < std::chrono::seconds(2), "rules answer in linear time");
  parsed([&] {
    rules.add("**", "all");
    return true;
  });
  require(rules.ignores(path) || path.empty(), "the last rule decides");
  static_cast<void>(ignored);
}
