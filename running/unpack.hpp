// Unpacks an image: its layers, laid over one another, as files in a folder.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/limits.hpp"
#include "common/report.hpp"
#include "layers/config.hpp"
#include "layers/manifest.hpp"
#include "registry/image_io.hpp"
#include "running/root_writer.hpp"

namespace whittle::running {

struct UnpackOptions {
  Ownership ownership = {};
  Limits limits = {};
  std::stop_token stop = {};
};

struct UnpackedRoot {
  WrittenRoot written = {};
  std::uint64_t bytes = 0;  // of all files of all layers, hidden ones too
  // The account files of the image, found as the program would find them; nothing when there are none. At
  // most 1 MiB of each is looked at; Error(limit) beyond (hostile 90).
  std::optional<std::string> passwd = {};
  std::optional<std::string> group = {};
  std::vector<std::string> warnings = {};  // for people, escaped
};

// Unpacks into `folder`/rootfs, which must not exist; `folder` must, and belong to the caller, who removes it
// when this throws. Layers are verified by digest, size and diffID. Error(integrity) for those that lie
// (hostile group C), Error(io), Error(limit), Error(interrupted). Memory: headers of all entries.
UnpackedRoot unpack_root(registry::ImageSource& source, const layers::Manifest& manifest,
                         const layers::ImageConfig& config, const std::filesystem::path& folder,
                         Reporter& reporter, const UnpackOptions& options);

}  // namespace whittle::running
