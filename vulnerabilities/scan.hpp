// The known vulnerabilities in an image.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/limits.hpp"
#include "layers/descriptor.hpp"
#include "layers/platform.hpp"
#include "registry/image_io.hpp"
#include "vulnerabilities/databases.hpp"
#include "vulnerabilities/finding.hpp"

namespace whittle::vulnerabilities {

struct ScanOptions {
  std::optional<layers::Platform> platform = {};  // nothing: all
  std::filesystem::path scratch = {};             // an existing folder for files without a name
  Limits limits = {};
  unsigned jobs = 1;  // threads that read entries of databases
  std::stop_token stop = {};
};

struct ScannedPlatform {
  layers::Descriptor manifest;
  layers::Platform platform;
  std::size_t programs = 0;            // of Go
  std::size_t packages = 0;            // of a distribution
  std::vector<Finding> findings = {};  // sorted
  std::vector<Unchecked> unchecked = {};
  std::vector<std::string> warnings = {};  // files that nothing is known of; for people, escaped
};

struct Scan {
  layers::Descriptor root;
  std::vector<ScannedPlatform> platforms = {};
};

// Reads each layer of each platform once and verifies it. Error(not_found) for a platform that is not there,
// Error(unsupported) for what is no image, Error(integrity) for a broken layer or database. `databases` are
// asked for when there is something to look up, so that they can be opened meanwhile; what that throws is
// thrown here.
Scan scan(registry::ImageSource& source, const std::function<Databases&()>& databases,
          const ScanOptions& options);

}  // namespace whittle::vulnerabilities
