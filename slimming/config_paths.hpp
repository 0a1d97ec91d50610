// The files that an image's config speaks of: none of them goes by a rule.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "layers/config.hpp"
#include "layers/merged_tree.hpp"

namespace whittle::slimming {

// Immutable.
class ConfigPaths {
 public:
  // What entrypoint, cmd, healthcheck, shell and environment name, also within a word or a line for a shell;
  // volumes and the working directory. Symbolic links are protected with what they lead to.
  ConfigPaths(const layers::ImageConfig& config, const layers::MergedTree& tree);

  // Whether the path is one of them or lies below one.
  bool protects(std::string_view path) const;

 private:
  void add_words(std::string_view text, const std::string& working_dir, const layers::MergedTree& tree);
  void add(std::string_view path, const layers::MergedTree& tree, bool even_if_broad);

  std::set<std::string, std::less<>> paths_ = {};
};

}  // namespace whittle::slimming
