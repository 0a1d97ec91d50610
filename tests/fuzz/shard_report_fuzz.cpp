// What shards tell one another: what is understood is written as it is understood.
#include "builder/shard_report.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {

void shard_report_input(std::string_view input) {
  try {
    const auto text = builder::to_text(builder::shard_report_from(input));
    require(builder::to_text(builder::shard_report_from(text)) == text, "a report is read as it was written");
  } catch (const Error&) {
    // refused
  }
  try {
    const auto costs = builder::costs_from(input);
    require(builder::costs_from(builder::to_text(costs)) == costs, "costs are read as they were written");
  } catch (const Error&) {
    // refused
  }
}

}  // namespace whittle::fuzz
