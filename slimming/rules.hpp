// What no container asks for: named rules, each of which can be switched off (docs/slim.md lists them).
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::slimming {

struct Rule {
  std::string_view name;
  std::string_view what;  // for people: what goes
};

// All that have a name, sorted by it: those of FileRules, and `duplicates` and `symbols`.
std::span<const Rule> rules();

// The names that are left when `without` are switched off. Error(usage) for one that is no rule.
std::set<std::string, std::less<>> enabled_rules(const std::vector<std::string>& without);

// A file as the rules see it; a hard link is one.
struct FileFeatures {
  bool is_regular = true;  // else a symbolic link, a device, …
  bool is_of_root = true;
  bool is_empty = false;
};

// The rules by which whole files go. Immutable.
class FileRules {
 public:
  // `environment` is the image's: translations into its language stay.
  FileRules(const std::set<std::string, std::less<>>& enabled, const std::vector<std::string>& environment);

  // The rule by which the file goes; nothing when it stays. Folders go by none.
  std::optional<std::string_view> rule_for(std::string_view path, const FileFeatures& file) const;
  // Whether a folder goes once all that was in it is gone, and something was.
  bool goes_when_empty(std::string_view folder) const;
  // A folder that rules empty, or one above: to name it is not to ask for all that is in it.
  static bool is_broad(std::string_view folder);

 private:
  bool is_translation(std::string_view path) const;

  std::set<std::string_view> enabled_ = {};
  std::set<std::string, std::less<>> languages_ = {};  // "de", "de_AT", in lower case, without encoding
};

}  // namespace whittle::slimming
