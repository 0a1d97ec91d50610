#include "comparison/setting_causes.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string_view>

#include "common/text.hpp"
#include "comparison/cause_list.hpp"
#include "comparison/linker_flags.hpp"

namespace whittle::comparison {
namespace {

using Values = std::map<std::string, std::string>;

Values tags_of(const std::optional<std::string>& text) {
  Values tags;
  std::string tag;
  for (const char c : (text.value_or("") + ","))
    if (c == ',' || c == ' ') {
      if (!tag.empty()) tags[tag] = "";
      tag.clear();
    } else {
      tag += c;
    }
  return tags;
}

// One cause for each name whose value differs: `what` names it.
std::vector<SettingCause> by_name(const Values& a, const Values& b, const char* kind, std::string_view what) {
  std::set<std::string> names;
  for (const auto& [name, value] : a) names.insert(name);
  for (const auto& [name, value] : b) names.insert(name);
  std::vector<SettingCause> causes;
  for (const auto& name : names) {
    const auto in_a = a.find(name);
    const auto in_b = b.find(name);
    const auto shown_name = escaped(name);
    if (in_a == a.end() || in_b == b.end()) {
      const auto& value = in_a == a.end() ? in_b->second : in_a->second;
      causes.push_back(
          {kind, fmt::format("{} {}{} only in {}", what, shown_name,
                             value.empty() ? "" : "=" + escaped(value), in_a == a.end() ? "B" : "A")});
    } else if (in_a->second != in_b->second) {
      causes.push_back({kind, fmt::format("{} {} differs: {} instead of {}", what, shown_name,
                                          escaped(in_a->second), escaped(in_b->second))});
    }
  }
  return causes;
}

}  // namespace

std::string setting_name(const Finding& setting) {
  constexpr std::string_view prefix = "setting ";
  if (setting.where.empty()) return {};
  const auto& step = setting.where.back();
  return step.starts_with(prefix) ? step.substr(prefix.size()) : step;
}

bool changes_code(const Finding& setting) {
  const auto name = setting_name(setting);
  return name != "-trimpath" && name != "-ldflags" && name != "vcs" && !name.starts_with("vcs.");
}

std::vector<SettingCause> setting_causes(const Finding& setting) {
  const auto name = setting_name(setting);
  if (name == "-tags") return by_name(tags_of(setting.a), tags_of(setting.b), "build-tag", "build tag");
  if (name == "-ldflags") {
    auto causes = by_name(parse_linker_flags(setting.a.value_or("")),
                          parse_linker_flags(setting.b.value_or("")), "linker-flag", "linker flag");
    if (!causes.empty()) return causes;
  }
  if (name == "-trimpath") {
    const bool missing_in_a = setting.a != "true";
    return {{"trimpath", fmt::format("{} was built without -trimpath, {} with it", missing_in_a ? "A" : "B",
                                     missing_in_a ? "B" : "A")}};
  }
  if (name == "vcs" || name.starts_with("vcs.")) {
    if (setting.a && setting.b)
      return {{"revision", fmt::format("built from another revision: {}: {}", name, instead(setting))}};
    return {{"buildvcs", fmt::format("only {} was built with -buildvcs: {}={}", setting.a ? "A" : "B",
                                     escaped(name), value_text(setting.a ? setting.a : setting.b))}};
  }
  return {{"build-flag", fmt::format("built with {}: {}", escaped(name), instead(setting))}};
}

}  // namespace whittle::comparison
