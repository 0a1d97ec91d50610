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
  std::unordered_map<std::string_view, Folder> folders;
  const auto& entries = selection.tree().entries();
  for (auto at = entries.rbegin(); at != entries.rend(); ++at) {
    const std::string_view path = at->first;
    auto& above = folders[layers::folder_of(path)];
    const auto* decision = selection.find(path);
    if (decision != nullptr && decision->action == Decision::Action::drop) {
      above.rule = decision->rule;
      continue;
    }
    const auto found = at->second.entry.is_directory() ? folders.find(path) : folders.end();
    const bool goes = found != folders.end() && found->second.left == 0 && !found->second.rule.empty() &&
                      rules.goes_when_empty(path);
    if (!goes || selection.is_pinned(path)) {
      ++above.left;
      continue;
    }
    above.rule = found->second.rule;
    selection.set(*at, {Decision::Action::drop, std::string(found->second.rule), "nothing is left in it"});
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
      if (const auto* pattern = match(entry.first)) {
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
    const auto& [path, merged] = entry;
    const auto& file = merged.entry;
    if (file.is_directory() || selection.is_pinned(path)) continue;
    const auto& estargz = layers::estargz_names;
    if (std::find(estargz.begin(), estargz.end(), path) != estargz.end()) {
      selection.set(entry, {Decision::Action::drop, "estargz", "it describes a layer as it was"});
      continue;
    }
    const bool is_regular = file.is_file() || file.type == '1';
    const auto rule = rules.rule_for(path, {is_regular, file.uid == 0, file.size == 0});
    if (!rule || config_paths.protects(path)) continue;
    selection.set(entry, {Decision::Action::drop, std::string(*rule), std::string(what_goes(*rule))});
  }
  drop_empty_folders(rules, selection);
}

}  // namespace whittle::slimming
