// Makes the files of an image beneath a folder: what the merged layers say, and nothing outside of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/contained_folder.hpp"
#include "layers/merged_tree.hpp"
#include "running/ownership.hpp"
#include "running/staged_files.hpp"

namespace whittle::running {

struct WrittenRoot {
  std::uint64_t files = 0;  // names of files, hard links among them
  std::uint64_t folders = 0;
  std::uint64_t links = 0;  // symbolic ones
  // Devices and FIFOs are not created, whoever runs this (hostile 82): "/dev/null (character device 1:3)",
  // the first of them.
  std::uint64_t not_created = 0;
  std::vector<std::string> examples = {};
  SkippedAttributes skipped = {};
};

// `root` must be empty. Every path is opened anew from it, and no symbolic link is followed on the way
// (openat2(2), RESOLVE_BENEATH): the tree has resolved those of the image already. Error(io).
WrittenRoot write_root(const layers::MergedTree& tree, const StagedFiles& files, const ContainedFolder& root,
                       const Ownership& ownership);

}  // namespace whittle::running
