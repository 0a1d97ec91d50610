#include "comparison/time_pattern.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "comparison/entry_difference.hpp"

namespace whittle::comparison {

void TimePattern::Range::add(std::int64_t time) {
  first = std::min(first, time);
  last = std::max(last, time);
}

std::string TimePattern::Range::text() const {
  if (first == last) return time_text(first);
  return fmt::format("{} to {}", time_text(first), time_text(last));
}

void TimePattern::add(const layers::TarEntry& a, const layers::TarEntry& b) {
  ++entries_;
  if (a.mtime != b.mtime || a.mtime_nanoseconds != b.mtime_nanoseconds) ++differing_;
  a_.add(a.mtime);
  b_.add(b.mtime);
}

void TimePattern::add_findings(const Where& where, Findings& findings) const {
  if (entries_ < 2 || differing_ < entries_) return;
  findings.add({where, "time-stamps", a_.text(), b_.text(), fmt::format("of all {} entries", entries_)});
}

}  // namespace whittle::comparison
