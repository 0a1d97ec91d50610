// How bad a vulnerability is, in the words of CVSS 3.1, section 5.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace whittle::vulnerabilities {

// In their order; `unknown` is what nobody has said anything of.
enum class Severity : std::uint8_t { unknown, none, low, medium, high, critical };

std::string_view name_of(Severity severity);

// Of a base score from 0 to 10.
Severity severity_of(double score);

// Of a word that a database uses, in any case: those above, and "moderate", "important", "negligible",
// "unimportant". Nothing for any other.
std::optional<Severity> severity_named(std::string_view word);

// The base score of a CVSS vector, of version 2.0, 3.0, 3.1 or 4.0, as its specification computes it;
// temporal, threat and environmental metrics do not count. Nothing for one that is ill-formed, incomplete or
// of another version.
std::optional<double> cvss_base_score(std::string_view vector);

}  // namespace whittle::vulnerabilities
