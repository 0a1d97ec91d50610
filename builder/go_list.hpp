// What `go list -deps` says about the packages of a build.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "builder/go_project.hpp"
#include "layers/platform.hpp"

namespace whittle::builder {

struct ListedPackage {
  std::string import_path;
  std::string name;              // "main" for a command
  std::filesystem::path folder;  // absolute
  std::vector<std::string>
      files;  // names of every file whose content can matter, chosen or not by constraints
  std::vector<std::string> embed_patterns;
  std::vector<std::string> imports;  // import paths, resolved
  bool standard = false;
  bool named = false;                         // asked for, not only a dependency
  std::vector<std::string> other_files = {};  // names of those that are for another system by their names
  std::vector<std::string> compiled = {};     // names of the Go files that are
  std::vector<std::string> embedded = {};     // names of the files that go:embed takes in, with slashes
  std::string module = {};          // path of the one it is from, without version; empty: Go's own library
  std::string module_version = {};  // empty: the project's
  std::filesystem::path module_folder = {};  // absolute; empty where it is vendored
  std::filesystem::path module_file = {};    // its go.mod
};

// The fields that parse_go_list needs, for `-json=`.
std::string_view go_list_fields();

// Parses the stream of JSON objects of a listing for this platform with these build tags. Error(toolchain)
// when it is none.
std::vector<ListedPackage> parse_go_list(std::string_view output, const layers::Platform& platform,
                                         const std::vector<std::string>& tags);

// The folders that a package's go:embed patterns search: a new file in one of them may be embedded. Absolute
// paths, sorted, each once. Errs on the side of more.
std::vector<std::filesystem::path> embed_folders(const ListedPackage& package);

// The import path of the package that a main's pattern names; nothing when it is not among them.
std::optional<std::string> import_path_of(const std::vector<ListedPackage>& packages, const GoMain& main);

// Everything the package with this import path consists of, itself included; import paths, sorted.
std::vector<std::string> closure_of(const std::vector<ListedPackage>& packages,
                                    const std::string& import_path);

}  // namespace whittle::builder
