// What of a package no program in a container asks for: by named rules, each of which can be switched off.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::packages {

struct LeftOutRule {
  std::string_view name;                // as the spec's list `keep` has it
  std::string_view what;                // for people
  std::vector<std::string_view> paths;  // files, or folders with all below them
};

// Copyright files, and what they link to, belong to no rule.
std::span<const LeftOutRule> left_out_rules();

struct LeftOut {
  std::string_view rule;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;  // of their contents
};

// Immutable.
class LeftOutRules {
 public:
  // All rules but those named; Error(spec) for a name that is none.
  explicit LeftOutRules(const std::vector<std::string>& keep);
  // The index of the rule that leaves the path out, in left_out_rules(); nothing when it stays.
  std::optional<std::size_t> rule_for(std::string_view path) const;

 private:
  std::vector<bool> kept_;
};

// "usr/share/doc/NAME", which may be a link to another package's, and the copyright files in it.
bool is_copyright(std::string_view path);
bool is_documentation_of_a_package(std::string_view path);

}  // namespace whittle::packages
