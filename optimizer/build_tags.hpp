// Build tags that leave something out of a program, found in the sources of its dependencies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "builder/go_list.hpp"

namespace whittle::optimizer {

struct BuildTag {
  std::string name = {};
  std::string price = {};               // for people
  std::vector<std::string> files = {};  // that it leaves out, "import/path/file.go"; sorted
  std::uint64_t bytes = 0;              // of source, in those
};

// Reads the build constraints of all files that are compiled now and come from other modules, and tells which
// tags would leave some of them out; of Go's own library those that are known to leave out a feature. `used`
// are the tags that are set. Not asked about: systems, architectures, Go releases, compilers, and tags that
// choose between assembly and Go. At most `most`, the ones that leave out the most source first.
std::vector<BuildTag> find_build_tags(const std::vector<builder::ListedPackage>& packages,
                                      const std::vector<std::string>& used, std::size_t most);

}  // namespace whittle::optimizer
