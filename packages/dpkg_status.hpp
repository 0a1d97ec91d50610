// Says which packages an image has, where scanners look in images that have no dpkg: a file for each package
// in /var/lib/dpkg/status.d, the form that Google's distroless introduced.
#pragma once

#include <string>

#include "layers/file_tree.hpp"
#include "packages/deb_file.hpp"

namespace whittle::packages {

// Adds status.d/NAME, the paragraph of the package's control file with "Status: install ok installed" in it,
// and status.d/NAME.md5sums, the lines of the package's own of files that the tree has. Conffiles are not
// listed: nothing upgrades them in an image.
void add_dpkg_status(layers::FileTree& tree, const std::string& name, const DebFile& package);

// A file of mode 0644 in memory.
layers::FileEntry text_file(std::string text);

}  // namespace whittle::packages
