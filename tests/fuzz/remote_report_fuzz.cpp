// What a worker reports is read as it was written, or refused.
#include "builder/remote_report.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::remote_report_input(std::string_view input) {
  const auto report = parsed([&] { return builder::parse_remote_report(input); });
  if (!report) return;
  const auto text = builder::to_text(*report);
  require(builder::to_text(builder::parse_remote_report(text)) == text, "a report has one spelling");
  if (report->failure) require_showable(*report->failure);
}
