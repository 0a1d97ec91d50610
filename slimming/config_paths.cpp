#include "slimming/config_paths.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "layers/image_path.hpp"
#include "slimming/rules.hpp"

namespace whittle::slimming {
namespace {

constexpr unsigned links_limit = layers::MergedTree::links_limit;

// Relative to the root; `..` goes up as far as there is something.
std::string normal(std::string_view path) {
  std::vector<std::string_view> components;
  for (auto rest = path; !rest.empty();) {
    const auto end = std::min(rest.find('/'), rest.size());
    const auto component = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (component.empty() || component == ".") continue;
    if (component != "..")
      components.push_back(component);
    else if (!components.empty())
      components.pop_back();
  }
  std::string text;
  for (const auto component : components) text += fmt::format("{}{}", text.empty() ? "" : "/", component);
  return text;
}

void collect(const Json& json, std::vector<std::string>& texts, unsigned depth = 0) {
  if (depth > 8) return;
  if (json.is_string()) texts.push_back(json.get<std::string>());
  if (json.is_array() || json.is_object())
    for (const auto& item : json) collect(item, texts, depth + 1);
}

}  // namespace

ConfigPaths::ConfigPaths(const layers::ImageConfig& config, const layers::MergedTree& tree) {
  const auto& run = config.execution;
  std::vector<std::string> texts;
  for (const auto& words : {run.entrypoint, run.cmd})
    if (words) texts.insert(texts.end(), words->begin(), words->end());
  collect(run.others, texts);  // Healthcheck, Shell, OnBuild; Entrypoint and Cmd where they are one text
  texts.insert(texts.end(), run.env.begin(), run.env.end());
  for (const auto& text : texts) add_words(text, run.working_dir, tree);
  for (const auto& volume : run.volumes) add(volume, tree, true);
  if (const auto folder = normal(run.working_dir);
      !folder.empty() && folder != "root" && !folder.starts_with("home/"))
    add(folder, tree, true);
}

// A word may be a flag with a path in it, a list, or a line for a shell.
void ConfigPaths::add_words(std::string_view text, const std::string& working_dir,
                            const layers::MergedTree& tree) {
  constexpr std::string_view ends = " \t\n=:;,|&<>()\"'`$";
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(ends), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty() || word.front() == '-') continue;
    add(word.front() == '/' ? std::string(word) : fmt::format("{}/{}", working_dir, word), tree, false);
  }
}

void ConfigPaths::add(std::string_view path, const layers::MergedTree& tree, bool even_if_broad) {
  auto at = normal(path);
  for (unsigned links = 0; links <= links_limit && !at.empty(); ++links) {
    if (FileRules::is_broad(at) && !even_if_broad) return;
    // A folder may be there without an entry of its own.
    paths_.insert(at);
    const auto* found = tree.entries().find(at);
    if (found == nullptr) {
      // Links in the folders above: the file is protected under the path that the tree has it by.
      const auto* resolved = tree.resolve(at);
      if (resolved != nullptr && !FileRules::is_broad(resolved->path())) paths_.emplace(resolved->path());
      return;
    }
    if (!found->is_symbolic_link()) return;
    const auto target = found->target();
    at = normal(target.starts_with('/') ? std::string(target)
                                        : fmt::format("{}/{}", layers::folder_of(at), target));
  }
}

bool ConfigPaths::protects(std::string_view path) const {
  for (auto at = path; !at.empty(); at = layers::folder_of(at))
    if (paths_.contains(at)) return true;
  return false;
}

}  // namespace whittle::slimming
