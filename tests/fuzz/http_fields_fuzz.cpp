// The fields of answers that decide how a transfer goes on: Content-Range and Retry-After.
#include "registry/resuming_source.hpp"
#include "registry/retries.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::http_fields_input(std::string_view input) {
  if (const auto range = registry::parse_content_range(input)) {
    require(range->first <= range->last, "a range has its start before its end");
    require(!range->total || range->last < *range->total, "a range lies within the whole");
  }
  const auto now = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
  if (const auto wait = registry::parse_retry_after(input, now))
    require(wait->count() >= 0, "a wait is not negative");
}
