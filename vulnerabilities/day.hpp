// Days of the calendar in text form, as databases and users write them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace whittle::vulnerabilities {

// The day of "2026-11-28", or of a time that begins with it (RFC 3339). Nothing for what is none.
std::optional<std::chrono::sys_days> day_of(std::string_view text);

std::string text_of(std::chrono::sys_days day);

}  // namespace whittle::vulnerabilities
