// Repositories for tests: git, as far from this machine's configuration as it can be kept.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace whittle::test {

inline const std::filesystem::path git_program = "/usr/bin/git";

// Runs git there, which has to succeed. What it prints, without line ends behind it. Commits have one author
// and time.
std::string git(const std::vector<std::string>& arguments, const std::filesystem::path& where);

}  // namespace whittle::test
