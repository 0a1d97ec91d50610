#include "vulnerabilities/report_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "common/text.hpp"
#include "vulnerabilities/day.hpp"

namespace whittle::vulnerabilities {
namespace {

constexpr std::size_t shown_locations = 5;
constexpr std::size_t shown_symbols = 3;
constexpr std::size_t shown_unchecked = 5;  // names of what is alike

std::string colored(Severity severity, std::string text, bool color) {
  if (!color) return text;
  const auto code = severity >= Severity::high ? "1;31" : severity == Severity::medium ? "33" : "1";
  return fmt::format("\033[{}m{}\033[0m", code, text);
}

std::string severity_text(const Finding& finding) {
  const auto name = std::string(name_of(finding.severity));
  return finding.score ? fmt::format("{} {:.1f}", name, *finding.score) : name;
}

// "net/http.ReadRequest, net/http.(…) and 4 more".
template <class Texts>
std::string some_of(const Texts& texts, std::size_t most) {
  std::string line;
  std::size_t count = 0;
  for (const auto& text : texts) {
    if (count == most) return line + fmt::format(" and {} more", texts.size() - most);
    line += (count++ == 0 ? "" : ", ") + escaped(text, false, 200);
  }
  return line;
}

std::string location_text(const Location& location) {
  auto line = fmt::format("    {}", escaped(location.path, false, 400));
  if (location.presence == Presence::linked && !location.symbols.empty())
    line += fmt::format(" has {}", some_of(location.symbols, shown_symbols));
  if (location.presence == Presence::unknown) line += " cannot be read further: counted as linked in";
  return line + "\n";
}

std::string locations_text(const Finding& finding) {
  std::string text;
  std::size_t count = 0;
  std::size_t left_out = 0;
  for (const auto& location : finding.locations) {
    if (location.presence == Presence::not_linked && finding.counts()) continue;
    if (count++ < shown_locations)
      text += location_text(location);
    else
      ++left_out;
  }
  if (left_out > 0) text += fmt::format("    and in {} more\n", plural(left_out, "file"));
  return text;
}

std::string text_of(const Finding& finding, bool color) {
  auto text = fmt::format(
      "  {}  {}  {} {}\n", colored(finding.severity, fmt::format("{:<13}", severity_text(finding)), color),
      escaped(finding.id), escaped(finding.package), escaped(finding.version_text(finding.version)));
  if (!finding.summary.empty()) text += fmt::format("    {}\n", escaped(finding.summary, false, 250));
  if (!finding.aliases.empty()) text += fmt::format("    also {}\n", some_of(finding.aliases, 4));
  if (!finding.installed.empty() && *finding.installed.begin() != finding.package)
    text += fmt::format("    as {}\n", some_of(finding.installed, 4));
  text += locations_text(finding);
  text += finding.fixed.empty()
              ? std::string("    no version is known to mend it\n")
              : fmt::format("    fixed in {}: {}\n", escaped(finding.version_text(finding.fixed)),
                            escaped(finding.remedy()));
  if (finding.dismissal)
    text += fmt::format("    ignored{}{}\n",
                        finding.dismissal->until.empty() ? "" : " until " + finding.dismissal->until,
                        finding.dismissal->reason.empty() ? "" : ": " + escaped(finding.dismissal->reason));
  return text;
}

// Findings by severity: "1 critical, 3 unknown".
std::string counts_text(const std::vector<Finding>& findings) {
  std::map<Severity, std::size_t> counts;
  for (const auto& finding : findings)
    if (finding.counts()) ++counts[finding.severity];
  std::vector<std::string> parts;
  for (const auto severity : {Severity::critical, Severity::high, Severity::medium, Severity::low,
                              Severity::none, Severity::unknown})
    if (counts.contains(severity)) parts.push_back(fmt::format("{} {}", counts[severity], name_of(severity)));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string unchecked_text(const std::vector<Unchecked>& all) {
  std::map<std::string, std::vector<const Unchecked*>> by_reason;
  for (const auto& one : all) by_reason[one.why].push_back(&one);
  std::string text;
  for (const auto& [why, ones] : by_reason) {
    std::vector<std::string> names;
    std::set<std::string> candidates;
    for (const auto* one : ones) {
      names.push_back(one->name);
      candidates.insert(one->candidates.begin(), one->candidates.end());
    }
    text += fmt::format("  not checked: {} ({})", some_of(names, shown_unchecked), escaped(why, false, 300));
    if (!candidates.empty()) text += fmt::format("; it may have {}", some_of(candidates, shown_unchecked));
    text += "\n";
  }
  return text;
}

std::string folded_text(const std::vector<Finding>& findings) {
  std::size_t not_linked = 0;
  std::size_t dismissed = 0;
  for (const auto& finding : findings) {
    if (finding.dismissal)
      ++dismissed;
    else if (!finding.counts())
      ++not_linked;
  }
  std::string text;
  if (not_linked > 0)
    text += fmt::format(
        "  {} more of modules that are listed, and of whose functions none is linked in (--all shows them)\n",
        not_linked);
  if (dismissed > 0) text += fmt::format("  {} ignored by --ignore or --vex (--all shows them)\n", dismissed);
  return text;
}

}  // namespace

std::optional<int> age_of(const Database& database, std::chrono::sys_days today) {
  const auto day = day_of(database.modified());
  if (!day) return std::nullopt;
  return std::max(0, static_cast<int>((today - *day).count()));
}

std::string text_of(const Databases& databases, std::chrono::sys_days today) {
  std::string text;
  for (const auto& database : databases.all()) {
    const auto age = age_of(database, today);
    text += fmt::format("database {}: {} entries, last modified {}\n", escaped(database.place(), false, 400),
                        database.entries(),
                        age ? fmt::format("{} ({} ago)", database.modified().substr(0, 10),
                                          plural(static_cast<std::uint64_t>(*age), "day"))
                            : std::string("at an unknown time"));
  }
  return text;
}

std::string text_of(const ScannedPlatform& platform, const TextStyle& style) {
  auto text = fmt::format("\n{}  {}  {} and {}\n", platform.platform.text(), platform.manifest.digest.text(),
                          plural(platform.programs, "Go program"), plural(platform.packages, "package"));
  const auto counting = std::count_if(platform.findings.begin(), platform.findings.end(),
                                      [](const Finding& finding) { return finding.counts(); });
  if (counting == 0)
    text +=
        fmt::format("  no known vulnerability{}\n", platform.unchecked.empty() ? "" : " in what was checked");
  else
    text += fmt::format("  {} known vulnerabilit{}: {}\n", counting, counting == 1 ? "y" : "ies",
                        counts_text(platform.findings));
  for (const auto& finding : platform.findings)
    if (finding.counts()) text += "\n" + text_of(finding, style.color);
  const auto folded = folded_text(platform.findings);
  if (style.all && !folded.empty()) {
    text += "\n  not linked in, or ignored:\n";
    for (const auto& finding : platform.findings)
      if (!finding.counts()) text += "\n" + text_of(finding, false);
  }
  const auto unchecked = unchecked_text(platform.unchecked);
  if ((!style.all && !folded.empty()) || !unchecked.empty()) text += "\n";
  return text + (style.all ? std::string() : folded) + unchecked;
}

}  // namespace whittle::vulnerabilities
