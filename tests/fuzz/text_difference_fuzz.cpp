// Two texts by their lines: the first line of the input says in decimal where the second begins.
#include "comparison/text_difference.hpp"

#include <charconv>

#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::text_difference_input(std::string_view input) {
  const auto line = take_line(input);
  std::size_t middle = 0;
  std::from_chars(line.data(), line.data() + line.size(), middle);
  middle = std::min(middle, input.size());
  const auto a = input.substr(0, middle);
  const auto b = input.substr(middle);
  comparison::Findings findings;
  comparison::compare_text(a, b, {"f"}, findings);
  require((a == b) == findings.empty(), "texts that differ have a finding, and equal ones none");
  require(findings.count() <= comparison::hunks_kept, "the findings of one text are few");
}
