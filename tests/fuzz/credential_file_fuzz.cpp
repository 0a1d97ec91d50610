// Docker's config.json, asked for a repository of Docker Hub and for one elsewhere.
#include "registry/docker_config.hpp"

#include "registry/base64.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::one_input(std::string_view input) {
  static MemoryFile file;
  file.set(input);
  SilentReporter reporter;
  registry::DockerConfig config({file.path()}, reporter);
  for (const auto* host : {"docker.io", "localhost:5000"}) {
    const auto found = parsed([&] { return config.find(host, "library/alpine"); });
    if (found && found->credentials) require(!found->credentials->user.empty(), "credentials name a user");
  }
  require(registry::base64_decoded(registry::base64_encoded(input)) == input, "base64 comes back");
}
