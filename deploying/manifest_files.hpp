// Which files are meant by `-f FILE`, `-f DIR` and `-f -`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace whittle::deploying {

struct ManifestFile {
  std::filesystem::path path = {};  // "-" is standard input
  std::string text = {};
};

struct ManifestLimits {
  std::size_t files = 100'000;
  std::size_t file = 32U << 20U;  // bytes of one
  std::size_t all = 256U << 20U;  // bytes of all
};

// The files in the order they were named; those of a folder (*.yaml, *.yml, *.json; of the folders in it as
// well when `recursive`) by name. Links are followed to files, not to folders. Error(not_found) for what is
// not there and for a folder without any; Error(usage) for standard input twice; Error(limit) beyond the
// limits. `standard_input` is borrowed.
std::vector<ManifestFile> read_manifests(const std::vector<std::string>& names, bool recursive,
                                         int standard_input, const ManifestLimits& limits = {});

}  // namespace whittle::deploying
