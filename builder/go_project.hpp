// Where a main package lies: its module, the workspace in force, whether dependencies are vendored.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "common/report.hpp"

namespace whittle::builder {

struct GoMain {
  std::filesystem::path project;  // what inputs are named relative to: the workspace's folder or the module's
  std::filesystem::path module;   // the folder go runs in: the module's
  std::filesystem::path workspace;  // the go.work in force; empty for none
  bool vendored = false;
  std::string pattern;  // what go is given: "./cmd/api" or an import path
  auto operator<=>(const GoMain&) const = default;
};

// Finds the module of `main` ("./cmd/api", or an import path of the module in `folder`). A go.work counts
// when it lies in the module's repository or in `folder`; one further up is reported and not used (hostile
// 31). Error(source) when the folder or its go.mod is missing, or the name is none that go takes literally
// (hostile 41).
GoMain locate_main(const std::filesystem::path& folder, const std::string& main, Reporter& reporter);

// The name go gives the executable: the last element, or the one before a version suffix. Empty when the
// pattern does not tell (".", "..").
std::string executable_name(const std::string& pattern);

// The module path that a go.mod states; empty when it cannot be read.
std::string module_path(const std::filesystem::path& module_folder);

inline constexpr std::size_t largest_mod_file = 16U << 20U;  // bytes of a go.mod or go.work

// Folders that go.mod or go.work name by path (`replace a => ../b`, `use ./c`), absolute.
std::vector<std::filesystem::path> named_folders(const std::filesystem::path& file);

// Modules that stand for others (`replace`) belong to the source, so they lie in the repository of the
// module; without one, in `folder`, which is the spec's, or in the project. Error(policy) for one elsewhere
// that is not below a folder of `declared`, which are relative to `folder` (hostile 32). A vendored project
// reads none.
void check_replacements(const GoMain& main, const std::filesystem::path& folder,
                        const std::vector<std::string>& declared);

// The go.sum files that hold the sums of what a main is built from, there or not.
std::vector<std::filesystem::path> checksum_files(const GoMain& main);

}  // namespace whittle::builder
