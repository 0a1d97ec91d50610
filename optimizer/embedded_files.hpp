// Files that go:embed has put into a program and that compress badly: they take in the layer what they take
// on the disk.
#pragma once

#include <cstddef>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "attribution/node.hpp"
#include "builder/go_list.hpp"
#include "layers/compression.hpp"

namespace whittle::optimizer {

struct EmbeddedFiles {
  std::string package = {};                                           // import path
  std::vector<std::pair<std::string, attribution::Size>> files = {};  // relative to it, the largest first
  attribution::Size size = {};                                        // of all of them
};

// Compresses each embedded file by itself, as the layer would be, and names those of at least 4 KiB that keep
// nine tenths of their size; by package, the largest first. Files beyond the first 10,000, and those above
// 256 MiB, are not looked at; a file that cannot be read is passed over.
std::vector<EmbeddedFiles> badly_compressing(const std::vector<builder::ListedPackage>& packages,
                                             const layers::Compression& compression,
                                             const std::stop_token& stop);

}  // namespace whittle::optimizer
