#include "comparison/text_difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace whittle::comparison {
namespace {

using Lines = std::vector<std::string_view>;

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty() && lines.size() < most_lines) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  if (!text.empty()) lines.push_back(text);
  return lines;
}

// Lines a[a0, a1) stand where b[b0, b1) stand in the other text.
struct Hunk {
  std::size_t a0, a1, b0, b1;
};

// The end of the line at (x, y) of equal lines.
std::size_t run(const Lines& a, const Lines& b, std::size_t x, std::size_t y) {
  std::size_t length = 0;
  while (x + length < a.size() && y + length < b.size() && a[x + length] == b[y + length]) ++length;
  return length;
}

// The greedy algorithm of Myers ("An O(ND) Difference Algorithm and Its Variations", 1986), with the furthest
// points of every step kept to walk back. Nothing when more than most_edits edits are needed.
std::optional<std::vector<Hunk>> edits(const Lines& a, const Lines& b) {
  const auto most = std::min(most_edits, a.size() + b.size());
  std::vector<std::vector<std::uint32_t>> steps;  // steps[d][(k + d) / 2] is x on the diagonal k = x - y
  for (std::size_t d = 0; d <= most; ++d) {
    std::vector<std::uint32_t> furthest(d + 1);
    for (std::size_t i = 0; i <= d; ++i) {
      // Diagonal k = 2 i - d. From above (an insertion) or from the left (a deletion), whichever is further.
      std::size_t x = 0;
      if (d > 0) {
        const auto& last = steps.back();
        const bool insert = i == 0 || (i < d && last[i - 1] < last[i]);
        x = insert ? last[i] : last[i - 1] + 1U;
      }
      const auto y = x + d - 2 * i;
      if (x <= a.size() && y <= b.size()) x += run(a, b, x, y);
      furthest[i] = static_cast<std::uint32_t>(std::min(x, a.size() + 1));
      if (x == a.size() && x + d - 2 * i == b.size()) {
        std::vector<Hunk> hunks;
        for (std::size_t step = d, at = i; step > 0; --step) {
          const auto& before = steps[step - 1];
          const bool insert = at == 0 || (at < step && before[at - 1] < before[at]);
          const std::size_t from_x = insert ? before[at] : before[at - 1];
          const auto from_i = insert ? at : at - 1;
          const auto from_y = from_x + (step - 1) - 2 * from_i;
          const Hunk one{from_x, from_x + (insert ? 0U : 1U), from_y, from_y + (insert ? 1U : 0U)};
          if (!hunks.empty() && hunks.back().a0 == one.a1 && hunks.back().b0 == one.b1) {
            hunks.back().a0 = one.a0;
            hunks.back().b0 = one.b0;
          } else {
            hunks.push_back(one);
          }
          at = from_i;
        }
        std::reverse(hunks.begin(), hunks.end());
        return hunks;
      }
    }
    steps.push_back(std::move(furthest));
  }
  return std::nullopt;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Matches a pattern in which '0' stands for a digit, 'a' for a letter, '_' for a blank or a digit. The
// length, or 0.
std::size_t match(std::string_view text, std::string_view pattern) {
  if (text.size() < pattern.size()) return 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = text[i];
    const bool fits = pattern[i] == '0'   ? is_digit(c)
                      : pattern[i] == 'a' ? (c | 0x20) >= 'a' && (c | 0x20) <= 'z'
                      : pattern[i] == '_' ? c == ' ' || is_digit(c)
                                          : c == pattern[i];
    if (!fits) return 0;
  }
  return pattern.size();
}

// The length of the time stamp that `text` begins with, 0 when it begins with none.
std::size_t stamp_length(std::string_view text) {
  static constexpr std::array<std::string_view, 4> clocks = {
      "0000-00-00T00:00:00", "0000-00-00 00:00:00", "aaa aaa _0 00:00:00 0000", "aaa, 00 aaa 0000 00:00:00"};
  for (const auto pattern : clocks) {
    auto length = match(text, pattern);
    if (length == 0) continue;
    if (pattern[0] != '0') return length;
    if (length + 1 < text.size() && text[length] == '.' && is_digit(text[length + 1]))
      for (++length; length < text.size() && is_digit(text[length]);) ++length;
    if (length < text.size() && text[length] == 'Z') return length + 1;
    if (const auto zone =
            std::max(match(text.substr(length), "+00:00"), match(text.substr(length), "-00:00"));
        zone > 0)
      return length + zone;
    return length;
  }
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  // From 2001 to 2286; in seconds, milliseconds, microseconds or nanoseconds.
  if ((digits == 10 || digits == 13 || digits == 16 || digits == 19) && text[0] >= '1') return digits;
  return match(text, "0000-00-00");
}

// The line with each time stamp replaced by a mark; the stamps go into `stamps`.
std::string without_stamps(std::string_view line, std::vector<std::string_view>& stamps) {
  std::string rest;
  for (std::size_t i = 0; i < line.size();) {
    const bool inside = i > 0 && is_digit(line[i - 1]) && is_digit(line[i]);
    const auto length = inside ? 0 : stamp_length(line.substr(i));
    const bool cut = length > 0 && i + length < line.size() && is_digit(line[i + length]) &&
                     is_digit(line[i + length - 1]);
    if (length > 0 && !cut) {
      stamps.push_back(line.substr(i, length));
      rest += '\1';
      i += length;
    } else {
      rest += line[i++];
    }
  }
  return rest;
}

Where at_line(const Where& where, std::size_t line) {
  return below(where, fmt::format("line {}", line + 1));
}

std::optional<std::string> joined(const Lines& lines, std::size_t from, std::size_t to) {
  if (from == to) return std::nullopt;
  std::string text;
  for (auto i = from; i < to && text.size() < Findings::kept_bytes; ++i) text += lines[i];
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

// Whether the texts differ in time stamps alone; then a finding for each pair of lines.
bool compare_stamps(const Lines& a, const Lines& b, std::size_t offset, const Where& where,
                    Findings& findings) {
  if (a.size() != b.size()) return false;
  std::vector<Finding> found;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i]) continue;
    std::vector<std::string_view> left;
    std::vector<std::string_view> right;
    if (without_stamps(a[i], left) != without_stamps(b[i], right)) return false;
    for (std::size_t j = 0; j < left.size() && found.size() < hunks_kept; ++j)
      if (left[j] != right[j])
        found.push_back(
            {at_line(where, offset + i), "time-stamp", std::string(left[j]), std::string(right[j])});
  }
  for (auto& finding : found) findings.add(std::move(finding));
  return !found.empty();
}

bool compare_order(Lines a, Lines b, const Where& where, Findings& findings) {
  if (a.size() != b.size()) return false;
  const auto count = a.size();
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  if (a != b) return false;
  findings.add({where, "text-order", std::nullopt, std::nullopt,
                fmt::format("the same lines in another order, {} of them", count)});
  return true;
}

}  // namespace

bool is_time_stamp(std::string_view text) {
  return !text.empty() && stamp_length(text) == text.size();
}

void compare_text(std::string_view a, std::string_view b, const Where& where, Findings& findings) {
  Lines left = lines_of(a);
  Lines right = lines_of(b);
  const auto shorter = std::min(left.size(), right.size());
  std::size_t start = 0;
  while (start < shorter && left[start] == right[start]) ++start;
  std::size_t end = 0;
  while (end < shorter - start && left[left.size() - 1 - end] == right[right.size() - 1 - end]) ++end;
  left =
      Lines(left.begin() + static_cast<std::ptrdiff_t>(start), left.end() - static_cast<std::ptrdiff_t>(end));
  right = Lines(right.begin() + static_cast<std::ptrdiff_t>(start),
                right.end() - static_cast<std::ptrdiff_t>(end));
  if (left.empty() && right.empty()) return;
  if (compare_order(left, right, where, findings)) return;
  if (compare_stamps(left, right, start, where, findings)) return;
  const auto hunks = edits(left, right).value_or(std::vector<Hunk>{{0, left.size(), 0, right.size()}});
  for (std::size_t i = 0; i < std::min(hunks.size(), hunks_kept); ++i) {
    const auto& hunk = hunks[i];
    findings.add({at_line(where, start + hunk.a0), "text", joined(left, hunk.a0, hunk.a1),
                  joined(right, hunk.b0, hunk.b1),
                  i + 1 == hunks_kept && hunks.size() > hunks_kept
                      ? fmt::format("and {} more places", hunks.size() - hunks_kept)
                      : std::string()});
  }
}

}  // namespace whittle::comparison
