#include "slimming/platform_report.hpp"

namespace whittle::slimming {

std::string_view name_of(FileReport::Action action) {
  switch (action) {
    case FileReport::Action::keep:
      return "keep";
    case FileReport::Action::drop:
      return "drop";
    case FileReport::Action::link:
      return "link";
    case FileReport::Action::strip:
      return "strip";
  }
  return "unknown";
}

std::map<std::string, RuleReport> PlatformReport::by_rule() const {
  std::map<std::string, RuleReport> rules;
  for (const auto& file : files) {
    if (file.action == FileReport::Action::keep) continue;
    auto& rule = rules[file.rule];
    ++rule.files;
    rule.saved += file.saved;
    rule.compressed += file.compressed;
  }
  return rules;
}

}  // namespace whittle::slimming
