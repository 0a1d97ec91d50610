// Which import brings a package into a program.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "builder/go_list.hpp"

namespace whittle::builder {

// Import paths, each importing the next: from the main package to the one that was asked for, both included.
// Empty when that is no part of the program.
using ImportChain = std::vector<std::string>;

// The packages of one program, Go's own library included. Keeps no reference to the listing. Any number of
// threads. Only text() makes what comes from outside safe to show.
class ImportGraph {
 public:
  // `main` is the import path of the main package.
  ImportGraph(const std::vector<ListedPackage>& listing, const std::string& main);

  // The shortest one; of several the first by name. "main" is the main package, as symbols have it.
  ImportChain chain(const std::string& package) const;
  // The shortest to any package of the module with this path, without version.
  ImportChain chain_to_module(const std::string& module) const;

  // "./cmd/api → github.com/x/y → encoding/json": packages of the main's own module begin with "./".
  std::string text(const ImportChain& chain) const;

 private:
  struct Reached {
    std::string importer;  // empty: the main package
    std::string module;    // empty: Go's own library
  };
  std::string main_;
  std::vector<std::string> order_;          // as they were reached: by distance, then by chain
  std::map<std::string, Reached> reached_;  // by import path
};

}  // namespace whittle::builder
