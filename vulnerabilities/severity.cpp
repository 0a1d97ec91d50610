#include "vulnerabilities/severity.hpp"

#include <array>
#include <string>
#include <utility>

#include "common/ascii.hpp"

namespace whittle::vulnerabilities {
namespace {

// "unimportant" is Debian's word for what does no harm in its packages.
constexpr std::array<std::pair<std::string_view, Severity>, 10> words = {{
    {"none", Severity::none},
    {"low", Severity::low},
    {"negligible", Severity::low},
    {"unimportant", Severity::low},
    {"minor", Severity::low},
    {"medium", Severity::medium},
    {"moderate", Severity::medium},
    {"high", Severity::high},
    {"important", Severity::high},
    {"critical", Severity::critical},
}};

}  // namespace

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::unknown:
      return "unknown";
    case Severity::none:
      return "none";
    case Severity::low:
      return "low";
    case Severity::medium:
      return "medium";
    case Severity::high:
      return "high";
    case Severity::critical:
      return "critical";
  }
  return {};
}

Severity severity_of(double score) {
  if (score <= 0.0) return Severity::none;
  if (score < 4.0) return Severity::low;
  if (score < 7.0) return Severity::medium;
  return score < 9.0 ? Severity::high : Severity::critical;
}

std::optional<Severity> severity_named(std::string_view word) {
  const auto lower = lower_case(word);
  for (const auto& [name, severity] : words)
    if (lower == name) return severity;
  return std::nullopt;
}

}  // namespace whittle::vulnerabilities
