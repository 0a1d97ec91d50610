// What a linker says while go links.
#include "builder/link_report.hpp"

#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::link_report_input(std::string_view input) {
  const auto report = builder::read_link_report(input);
  for (const auto& file : report.files) require(file.is_absolute(), "a file has an absolute path");
  const auto rest = builder::without_link_report(input);
  require(rest.size() <= input.size() + 1, "lines are only left out");
  const auto again = builder::read_link_report(rest);
  require(again.files.empty() && again.functions.empty(), "nothing of the report is left");
  require(builder::without_link_report(rest) == rest, "what is left stays");
  builder::pitfalls(report, "glibc");
}
