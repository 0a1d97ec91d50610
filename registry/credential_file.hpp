// Docker's config.json: the credentials that `docker login` leaves.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/json.hpp"
#include "common/report.hpp"

namespace whittle::registry {

struct Credentials {
  std::string user;
  std::string secret;
};

// What was found for a registry, and, for messages, where was looked.
struct CredentialLookup {
  std::optional<Credentials> credentials = {};
  std::filesystem::path file = {};  // that was read; the first that might have been when none exists
  std::string note = {};            // why something that is there was not used
};

// Reads the first of `files` that exists, when it is first asked. Thread-safe. Borrows the reporter.
class DockerConfig {
 public:
  DockerConfig(std::vector<std::filesystem::path> files, Reporter& reporter)
      : files_(std::move(files)), reporter_(reporter) {}

  // The entry of `auths` for a repository of `host`: the one with the most specific path (hostile.md, 183).
  // Names of Docker Hub count as docker.io. Error(auth) naming the file when it is broken, and its key when
  // the entry is.
  CredentialLookup find(std::string_view host, std::string_view repository);

 private:
  const Json& document();
  void warn_of_permissions();
  std::vector<std::filesystem::path> files_;
  Reporter& reporter_;
  std::mutex mutex_;
  bool read_ = false;
  bool warned_ = false;
  std::filesystem::path file_;
  Json document_ = Json::object();
};

}  // namespace whittle::registry
