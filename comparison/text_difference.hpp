// Two texts by their lines; and two that differ in nothing but the order of lines, or in what looks like time
// stamps.
#pragma once

#include <string>
#include <string_view>

#include "comparison/finding.hpp"

namespace whittle::comparison {

inline constexpr std::size_t hunks_kept = 20;       // findings of one text
inline constexpr std::size_t most_edits = 1'000;    // beyond, the rest of a text is one hunk
inline constexpr std::size_t most_lines = 200'000;  // beyond, the rest counts as one line

// Aspects: "text" for each run of lines that were replaced, "text-order", "time-stamp". Time is bounded by
// (lines + most_edits) * most_edits.
void compare_text(std::string_view a, std::string_view b, const Where& where, Findings& findings);

// Whether all of `text` is one time stamp: RFC 3339, seconds or milliseconds since 1970 (of 2001 and later),
// or as ctime writes it.
bool is_time_stamp(std::string_view text);

}  // namespace whittle::comparison
