// Two JSON documents by their keys: one on the first line of the input, the other behind it.
#include "comparison/json_difference.hpp"

#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::json_difference_input(std::string_view input) {
  const auto line = take_line(input);
  parsed([&] {
    const auto a = parse_json(line, "the first");
    const auto b = parse_json(input, "the second");
    comparison::Findings findings;
    comparison::compare_json(a, b, {"f"}, findings);
    require((a == b) == findings.empty(), "documents that differ have a finding, and equal ones none");
    return true;
  });
}
