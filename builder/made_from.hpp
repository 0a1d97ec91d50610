// What a program was made from, whichever machine made it.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "builder/dependencies.hpp"
#include "builder/go_project.hpp"
#include "common/digest.hpp"

namespace whittle::builder {

struct MadeFrom {
  Digest inputs;  // over all of it, Go and the modules too
  std::vector<OwnPackage> own;

  // The project's files among it, on this machine.
  std::set<std::filesystem::path> own_files(const GoMain& main) const;
};

// Where an input of a program of that main is on this machine: "P/cmd/api/main.go" below the project.
std::filesystem::path local_path(const GoMain& main, const std::string& portable);

}  // namespace whittle::builder
