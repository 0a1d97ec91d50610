#include "vulnerabilities/dismissals.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "common/text.hpp"
#include "vulnerabilities/day.hpp"

namespace whittle::vulnerabilities {

void Dismissals::add(std::string_view text) {
  constexpr std::string_view until = ",until=";
  Entry entry;
  auto rest = text;
  const auto end = rest.find_first_of(",=");
  entry.id = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
  if (rest.starts_with(until)) {
    rest.remove_prefix(until.size());
    entry.dismissal.until = rest.substr(0, rest.find('='));
    rest.remove_prefix(entry.dismissal.until.size());
    if (!day_of(entry.dismissal.until) || entry.dismissal.until.size() != 10)
      throw Error(ErrorKind::usage,
                  fmt::format("--ignore {}: {} is no day", shown(text), shown(entry.dismissal.until)))
          .hint("a day is written 2026-12-31");
  }
  if (entry.id.empty() || (!rest.empty() && rest.front() != '='))
    throw Error(ErrorKind::usage, fmt::format("--ignore {} names no vulnerability", shown(text)))
        .hint("it is written ID, ID=REASON or ID,until=YYYY-MM-DD=REASON");
  if (!rest.empty()) entry.dismissal.reason = as_utf8(rest.substr(1));
  entries_.push_back(std::move(entry));
}

std::vector<std::string> Dismissals::apply(std::vector<Finding>& findings, std::string_view today) {
  std::vector<std::string> remarks;
  for (auto& entry : entries_) {
    const bool has_passed = !entry.dismissal.until.empty() && entry.dismissal.until < today;
    for (auto& finding : findings) {
      if (finding.id != entry.id && !finding.aliases.contains(entry.id)) continue;
      entry.used = true;
      if (!has_passed && !finding.dismissal) finding.dismissal = entry.dismissal;
    }
    if (has_passed && entry.used)
      remarks.push_back(
          fmt::format("{} is ignored until {}, and counts again", shown(entry.id), entry.dismissal.until));
    else if (!entry.used)
      remarks.push_back(fmt::format("{} is ignored, and was not found", shown(entry.id)));
  }
  return remarks;
}

}  // namespace whittle::vulnerabilities
