// Docker's config.json and podman's auth.json, asked for a repository of Docker Hub and for one elsewhere.
#include "registry/credential_file.hpp"

#include "common/base64.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::credential_file_input(std::string_view input) {
  static MemoryFile memory;
  memory.set(input);
  const auto file = parsed([&] { return registry::CredentialFile::read(memory.path()); });
  if (file && *file)
    for (const auto* host : {"docker.io", "localhost:5000"}) {
      const auto found = parsed([&] { return (*file)->find(host, "library/alpine"); });
      if (found && *found)
        require(!(*found)->user.empty() || !(*found)->identity_token.empty(), "credentials are somebody's");
      for (const auto& helper : (*file)->helpers(host)) require(!helper.empty(), "a helper has a name");
    }
  require(base64_decoded(base64_encoded(input)) == input, "base64 comes back");
}
