// What imports bring into a program: which packages are there only because of one module or one package of
// Go's library, and what they take.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "attribution/node.hpp"
#include "builder/go_list.hpp"

namespace whittle::optimizer {

// By import path; what "main" has belongs to the main package.
using PackageSizes = std::map<std::string, attribution::Size>;

// What the packages of one program take, from the tree of an image: `path` is the program's there, without a
// leading slash.
PackageSizes package_sizes(const std::vector<attribution::Node>& layers, const std::string& path);

// A module that the program uses, or a single package.
struct ImportGroup {
  std::string name = {};
  bool is_module = false;
  std::vector<const builder::ListedPackage*> packages = {};  // of its own
  std::vector<const builder::ListedPackage*> brought =
      {};                       // with those that nothing else reaches; in their order
  attribution::Size size = {};  // of these together
};

// The groups with most compressed bytes that come only through them, largest first, at most `most`. Of two
// where one brings the other, that other only counts when it is most of the first. Not among them: the main
// module, what only Go itself can import, and what hardly any program does without (fmt, log, strings, time
// and the like, and what these import). Borrows `packages`.
std::vector<ImportGroup> import_groups(const std::vector<builder::ListedPackage>& packages,
                                       const std::string& main, const PackageSizes& sizes, std::size_t most);

// Packages that may weigh much though little of their code is counted, largest first, at most `most`: with a
// Go file or an embedded file of at least 64 KiB, which is a table, often. The main module's packages are
// among them, also for at least 16 KiB of code. Not those that are a part of, or brought by, one `besides`.
// Looks at the sizes of files.
std::vector<ImportGroup> heavy_packages(const std::vector<builder::ListedPackage>& packages,
                                        const std::string& main, const PackageSizes& sizes,
                                        const std::vector<ImportGroup>& besides, std::size_t most);

// Modules that are there in several major versions, by the path without version: those versions' groups, the
// largest first.
std::map<std::string, std::vector<ImportGroup>> several_versions(
    const std::vector<builder::ListedPackage>& packages, const std::string& main, const PackageSizes& sizes);

}  // namespace whittle::optimizer
