#include "running/gc_trace.hpp"

#include <charconv>
#include <cmath>
#include <limits>

namespace whittle::running {
namespace {

constexpr std::string_view leak_check = " (checking for goroutine leaks)";  // since 1.26

// Takes what a line consists of, piece by piece; once something does not fit, nothing does.
class Scanner {
 public:
  explicit Scanner(std::string_view line) : rest_(line) {}

  Scanner& text(std::string_view wanted) {
    if (!rest_.starts_with(wanted)) return fail();
    rest_.remove_prefix(wanted.size());
    return *this;
  }
  bool has(std::string_view wanted) const { return good_ && rest_.starts_with(wanted); }

  template <class Number>
  Scanner& number(Number& into) {
    Number value{};
    const bool begins = !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
    const auto parsed = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (!good_ || !begins || parsed.ec != std::errc()) return fail();
    if constexpr (std::is_floating_point_v<Number>)
      if (!std::isfinite(value) || value > 1e15) return fail();
    if constexpr (std::is_integral_v<Number>)
      if (static_cast<std::uint64_t>(value) > (1ULL << 40U)) return fail();
    rest_.remove_prefix(static_cast<std::size_t>(parsed.ptr - rest_.data()));
    into = value;
    return *this;
  }
  bool at_end() const { return good_ && rest_.empty(); }
  bool good() const { return good_; }

 private:
  Scanner& fail() {
    good_ = false;
    rest_ = {};
    return *this;
  }
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

std::optional<Collection> parse_collection(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  Collection result;
  Scanner scan(line);
  double percent = 0;
  double sweep_cpu = 0;
  double dedicated = 0;
  double idle = 0;
  double mark_cpu = 0;
  scan.text("gc ").number(result.number).text(" @").number(result.at).text("s ").number(percent).text("%");
  if (scan.has(leak_check)) scan.text(leak_check);
  scan.text(": ");
  scan.number(result.pause_before).text("+").number(result.marking).text("+").number(result.pause_after);
  scan.text(" ms clock, ").number(sweep_cpu).text("+").number(result.assist).text("/").number(dedicated);
  scan.text("/").number(idle).text("+").number(mark_cpu).text(" ms cpu, ");
  scan.number(result.heap_before).text("->").number(result.heap_after).text("->").number(result.live);
  scan.text(" MB, ").number(result.goal).text(" MB goal, ");
  // Before 1.18 the line had no stacks and globals.
  std::uint64_t size = 0;
  scan.number(size);
  if (scan.has(" MB stacks, ")) {
    result.stacks = size;
    scan.text(" MB stacks, ").number(result.globals).text(" MB globals, ").number(size);
  }
  scan.text(" P");
  if (scan.has(" (forced)")) {
    scan.text(" (forced)");
    result.forced = true;
  }
  if (!scan.at_end() || size > 1'000'000) return std::nullopt;
  result.processors = static_cast<unsigned>(size);
  result.collector_share = percent / 100;
  result.cpu = sweep_cpu + result.assist + dedicated + mark_cpu;  // idle marking costs nobody anything
  return result;
}

}  // namespace whittle::running
