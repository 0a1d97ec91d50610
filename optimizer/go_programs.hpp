// The Go programs in an image that are there at the end, with their bytes at hand.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "binaries/build_info.hpp"
#include "common/digest.hpp"
#include "common/limits.hpp"
#include "layers/document.hpp"
#include "layers/platform.hpp"
#include "registry/image_io.hpp"

namespace whittle::optimizer {

struct GoProgram {
  layers::Platform platform;  // of the image it lies in
  std::string path;           // in the image, without a leading slash
  Digest layer;               // compressed, as the manifest names it
  Digest digest;              // of its bytes
  std::filesystem::path file;
  binaries::BuildInfo info;
  std::optional<std::string> loader = {};  // that it asks for
  bool has_loader = false;                 // the image has that
};

struct ProgramsOfImage {
  std::vector<GoProgram> programs = {};          // by platform in the order of the index, then by path
  std::uint64_t other_files = 0;                 // of all platforms
  std::vector<Digest> other_layers = {};         // that none of the programs lies in; in order, each once
  std::vector<std::string> not_understood = {};  // ELF files that may be programs of Go's, and why; escaped
};

// Reads every layer of every platform, or of the one that is asked for, in a stream, and leaves the programs
// in files of `folder`, which exists; whoever made it removes it. Error(limit) for more than 1,000 programs,
// Error(integrity) for a broken layer, Error(not_found) for no such platform.
ProgramsOfImage read_programs(registry::ImageSource& image, const layers::Document& root,
                              const std::optional<layers::Platform>& only,
                              const std::filesystem::path& folder, const Limits& limits,
                              const std::stop_token& stop);

}  // namespace whittle::optimizer
