// What a run showed, for people.
#pragma once

#include <cstdint>
#include <string>

#include "running/smoke.hpp"

namespace whittle::running {

// Lines of at most about 110 columns. The program's own words are escaped.
std::string text_of(const SmokeResult& result, bool unicode);

// "12.3 MiB": memory is given and limited in powers of two.
std::string mebibytes(double bytes);
// "850 µs" as "0.85 ms", "1.2 s".
std::string shown_time(std::chrono::nanoseconds time);
// "40 s", "12 min", "3 h", "5 days".
std::string shown_span(double seconds);
// "sawtooth, healthy: …": what the course is, and its evidence.
std::string course_text(const HeapCourse& course);

}  // namespace whittle::running
