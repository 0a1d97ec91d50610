// The layer that Debian packages make: their files as dpkg would put them on a disk of a merged /usr, less
// what no program asks for, and with what their maintainer scripts would have added where that matters.
// Nothing is executed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "layers/file_tree.hpp"
#include "packages/deb_file.hpp"
#include "packages/left_out.hpp"
#include "packages/pinned_package.hpp"

namespace whittle::packages {

struct UnpackedPackage {
  PinnedPackage pinned;
  std::shared_ptr<const DebFile> file;
};

struct PackageTreeOptions {
  std::vector<std::string> keep = {};       // names of left_out_rules()
  std::vector<std::string> built_ins = {};  // beyond those that packages bring with them (built_ins.hpp)
  bool allow_setid = false;                 // setuid and setgid bits of files stay
};

struct PackageTree {
  layers::FileTree files;
  std::vector<LeftOut> left_out;     // in the order of the rules, those alone that left something out
  std::vector<std::string> notices;  // what the user has to know, escaped: scripts not run, bits dropped
  std::vector<std::string> done;     // what was done in place of scripts, for -v
};

// The tree does not depend on the order of the packages: they are taken by name. Their contents stay in their
// files without names. Error(integrity) when a package is not the pinned one; Error(spec) for packages that
// contradict each other and for options that name nothing.
PackageTree make_package_tree(std::vector<UnpackedPackage> packages, const PackageTreeOptions& options);

}  // namespace whittle::packages
