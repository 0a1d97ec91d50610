// What the builder may know of the machine it runs on. Filled by cli, which alone reads the environment.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace whittle::builder {

struct Host {
  std::map<std::string, std::string, std::less<>> environment;  // of this process
  std::filesystem::path home;                                   // "" when there is none
  std::filesystem::path working_directory;                      // absolute

  // A variable's value; an empty one counts as not set.
  std::optional<std::string> variable(std::string_view name) const {
    const auto found = environment.find(name);
    if (found == environment.end() || found->second.empty()) return std::nullopt;
    return found->second;
  }
  // The first executable regular file of that name in PATH; empty when there is none.
  std::filesystem::path find_program(std::string_view name) const;
};

}  // namespace whittle::builder
