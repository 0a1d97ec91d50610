#include "builder/dockerfile_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "builder/dockerfile_values.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

constexpr std::size_t longest_instruction_shown = 72;  // bytes
constexpr std::size_t longest_what = 400;

// As it is written, in one line: escape() cuts with a mark of its own.
std::string shortened(std::string_view text) {
  std::string line;
  for (const char c : without_marks(text.substr(0, 4 * longest_instruction_shown))) {
    const char one = c == '\n' || c == '\t' ? ' ' : c;
    if (one != ' ' || (!line.empty() && line.back() != ' ')) line += one;
  }
  return escaped(line, false, longest_instruction_shown);
}

std::string_view name_of(Fate fate) {
  if (fate == Fate::translated) return "translated";
  return fate == Fate::not_needed ? "not-needed" : "not-translated";
}

}  // namespace

void DockerfileReport::add(std::size_t line, std::string_view instruction, Fate fate, std::string_view what) {
  ReportLine added{line, shortened(instruction), fate, escaped(without_marks(what), false, longest_what)};
  for (auto known = lines_.rbegin(); known != lines_.rend() && known->line == line; ++known)
    if (known->fate == added.fate && known->what == added.what) return;
  lines_.push_back(std::move(added));
}

void DockerfileReport::sort() {
  std::stable_sort(lines_.begin(), lines_.end(),
                   [](const auto& a, const auto& b) { return a.line < b.line; });
}

std::size_t DockerfileReport::count(Fate fate) const {
  return static_cast<std::size_t>(
      std::count_if(lines_.begin(), lines_.end(), [&](const ReportLine& line) { return line.fate == fate; }));
}

std::string DockerfileReport::text_of(const ReportLine& line) const {
  const std::string_view verdict = line.fate == Fate::translated   ? ""
                                   : line.fate == Fate::not_needed ? "not needed: "
                                                                   : "NOT translated: ";
  return fmt::format("{}:{}: {}: {}{}", escaped(file_, false, 4096), line.line, line.instruction, verdict,
                     line.what);
}

std::string DockerfileReport::summary() const {
  return fmt::format("{} translated, {} not needed, {} not translated", count(Fate::translated),
                     count(Fate::not_needed), count(Fate::not_translated));
}

Json DockerfileReport::to_json() const {
  Json lines = Json::array();
  for (const auto& line : lines_)
    lines.push_back({{"line", line.line},
                     {"instruction", line.instruction},
                     {"fate", name_of(line.fate)},
                     {"what", line.what}});
  return {{"schemaVersion", 1},
          {"dockerfile", as_utf8(file_)},
          {"translated", count(Fate::translated)},
          {"notNeeded", count(Fate::not_needed)},
          {"notTranslated", count(Fate::not_translated)},
          {"lines", lines}};
}

}  // namespace whittle::builder
