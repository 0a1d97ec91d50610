// Two entries of tars that stand for the same path, field by field; contents are not looked at here.
#pragma once

#include <string>
#include <string_view>

#include "comparison/finding.hpp"
#include "layers/tar_reader.hpp"

namespace whittle::comparison {

// One finding per field that differs. The headers' formats are compared only where `formats` is on.
void compare_entries(const layers::TarEntry& a, const layers::TarEntry& b, const Where& where,
                     Findings& findings, bool formats = true);

// "2026-08-01T12:30:00Z", with nine digits of a fraction when there is one; beyond the year 9999 "@SECONDS".
std::string time_text(std::int64_t seconds, std::uint32_t nanoseconds = 0);
// "file", "directory", …
std::string_view name_of_type(const layers::TarEntry& entry);
// What of an entry tells it from another of the same path: all but contents and the header's form.
bool same_fields(const layers::TarEntry& a, const layers::TarEntry& b);

}  // namespace whittle::comparison
