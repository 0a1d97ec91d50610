#include "slimming/file_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "common/error.hpp"
#include "common/text.hpp"
#include "layers/estargz_index.hpp"
#include "layers/image_path.hpp"
#include "slimming/config_paths.hpp"
#include "slimming/rules.hpp"

namespace whittle::slimming {
namespace {

std::string_view without_slashes(std::string_view pattern) {
  while (pattern.starts_with('/')) pattern.remove_prefix(1);
  for (const std::string_view end : {"/**", "/"})
    if (pattern.ends_with(end)) pattern.remove_suffix(end.size());
  return pattern;
}

std::string_view what_goes(std::string_view name) {
  for (const auto& rule : rules())
    if (rule.name == name) return rule.what;
  return {};
}

// Drops folders that lost all they had, the deepest first.
void drop_empty_folders(const FileRules& rules, Selection& selection) {
  struct Folder {
    std::uint64_t left = 0;
    std::string_view rule = {};  // by which something in it went
  };
  std::unordered_map<std::string_view, Folder> folders;  // that a rule may take
  const auto& entries = selection.tree().entries();
  for (auto at = entries.rbegin(); at != entries.rend(); ++at) {
    const auto above = layers::folder_of(at->path());
    const auto* decision = selection.find(*at);
    const bool is_dropped = decision != nullptr && decision->action == Decision::Action::drop;
    const auto found = at->is_directory() && !is_dropped ? folders.find(at->path()) : folders.end();
    const bool goes = found != folders.end() && found->second.left == 0 && !found->second.rule.empty() &&
                      !selection.is_pinned(*at);
    const auto rule = is_dropped ? std::string_view(decision->rule)
                      : goes     ? found->second.rule
                                 : std::string_view();
    if (goes) selection.set(*at, {Decision::Action::drop, std::string(rule), "nothing is left in it"});
    if (!rules.goes_when_empty(above)) continue;
    auto& folder = folders[above];
    if (rule.empty())
      ++folder.left;
    else
      folder.rule = rule;
  }
}

}  // namespace

KeptPaths::KeptPaths(const std::vector<std::string>& patterns) {
  for (const auto& text : patterns) {
    auto glob = GlobPattern::parse(without_slashes(text));
    if (!glob)
      throw Error(ErrorKind::usage, fmt::format("--keep {} is no pattern", shown(text)))
          .hint("`*` and `?` match within a name, `[a-z]` is a set, `\\` quotes");
    patterns_.push_back({text, std::move(*glob)});
  }
}

const KeptPaths::Pattern* KeptPaths::match(std::string_view path) const {
  for (auto at = path; !at.empty(); at = layers::folder_of(at))
    for (const auto& pattern : patterns_)
      if (pattern.glob.matches(at)) return &pattern;
  return nullptr;
}

std::vector<std::string> KeptPaths::pin(Selection& selection) const {
  std::set<std::string> unused;
  for (const auto& pattern : patterns_) unused.insert(pattern.text);
  if (!patterns_.empty())
    for (const auto& entry : selection.tree().entries())
      if (const auto* pattern = match(entry.path())) {
        selection.pin(entry, fmt::format("--keep {}", shown(pattern->text)));
        unused.erase(pattern->text);
      }
  return {unused.begin(), unused.end()};
}

void apply_rules(const std::set<std::string, std::less<>>& enabled, const layers::ImageConfig& config,
                 Selection& selection) {
  const FileRules rules(enabled, config.execution.env);
  const ConfigPaths config_paths(config, selection.tree());
  for (const auto& entry : selection.tree().entries()) {
    const auto path = entry.path();
    if (entry.is_directory() || selection.is_pinned(entry)) continue;
    const auto& estargz = layers::estargz_names;
    if (std::find(estargz.begin(), estargz.end(), path) != estargz.end()) {
      selection.set(entry, {Decision::Action::drop, "estargz", "it describes a layer as it was"});
      continue;
    }
    const auto rule = rules.rule_for(path, {entry.is_file(), entry.uid() == 0, entry.size() == 0});
    if (!rule || config_paths.protects(path)) continue;
    selection.set(entry, {Decision::Action::drop, std::string(*rule), std::string(what_goes(*rule))});
  }
  drop_empty_folders(rules, selection);
}

}  // namespace whittle::slimming
