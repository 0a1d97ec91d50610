// One file of credentials: Docker's config.json, or podman's auth.json, which has the same form.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/json.hpp"
#include "registry/credentials.hpp"

namespace whittle::registry {

// A value that was read once. Hosts are asked for as references name them; names of Docker Hub count as
// docker.io (hostile.md, 183).
class CredentialFile {
 public:
  // Nothing when there is no such file. Error(auth) naming the file when it is broken: whoever has a login
  // expects it to be used (hostile.md, 182).
  static std::optional<CredentialFile> read(const std::filesystem::path& path);

  // The entry of `auths` with the most specific path for the repository. Error(auth) naming file and key when
  // it is broken.
  std::optional<Credentials> find(std::string_view host, std::string_view repository) const;
  // The helper programs that the file leaves this registry to: that of `credHelpers`, then `credsStore`.
  std::vector<std::string> helpers(std::string_view host) const;

  const std::filesystem::path& path() const { return path_; }

 private:
  CredentialFile(std::filesystem::path path, Json document)
      : path_(std::move(path)), document_(std::move(document)) {}
  std::filesystem::path path_;
  Json document_;
};

// A registry's name in all its historical spellings ("https://index.docker.io/v1/") as one: "docker.io". In
// lower case, without scheme, path and the port of https.
std::string normal_host(std::string_view text);

}  // namespace whittle::registry
