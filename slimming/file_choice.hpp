// Puts the rules to each file of an image: which of them go, by which rule.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "common/glob.hpp"
#include "layers/config.hpp"
#include "slimming/selection.hpp"

namespace whittle::slimming {

// Paths that the user keeps, as patterns (common/glob.hpp) of whole paths: one that matches a folder keeps
// all that is in it. A value.
class KeptPaths {
 public:
  // Error(usage) for a pattern that is malformed.
  explicit KeptPaths(const std::vector<std::string>& patterns);

  // Pins what the patterns match. Returns those that match nothing.
  std::vector<std::string> pin(Selection& selection) const;

 private:
  struct Pattern {
    std::string text;
    GlobPattern glob;
  };
  const Pattern* match(std::string_view path) const;

  std::vector<Pattern> patterns_ = {};
};

// Drops what the enabled rules name and the config does not, folders that are empty then, and what eStargz
// layers have for themselves, for it describes the layers as they were.
void apply_rules(const std::set<std::string, std::less<>>& enabled, const layers::ImageConfig& config,
                 Selection& selection);

}  // namespace whittle::slimming
