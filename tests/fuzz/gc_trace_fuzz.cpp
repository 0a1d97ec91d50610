// What a program writes to stderr, of which some lines may be Go's.
#include "running/gc_history.hpp"
#include "running/gc_trace.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::gc_trace_input(std::string_view input) {
  running::GcHistory history;
  while (!input.empty()) {
    const auto end = std::min(input.find('\n'), input.size() - 1);
    if (const auto collection = running::parse_collection(input.substr(0, end + 1))) history.add(*collection);
    input.remove_prefix(end + 1);
  }
  require(history.pauses().count() == 2 * history.count(), "two pauses each");
  require(history.collector_share(1) >= 0 && history.collector_share(1) <= 1, "a share");
  require(history.busiest_share() >= 0 && history.busiest_share() <= 1, "a share of a second");
}
