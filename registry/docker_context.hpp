// Which Docker daemon is meant: by DOCKER_HOST, else by a context of the Docker client.
#pragma once

#include <filesystem>
#include <string>

namespace whittle::registry {

struct DockerOptions {
  std::string host = {};              // what DOCKER_HOST says
  std::string context = {};           // what DOCKER_CONTEXT says
  std::filesystem::path config = {};  // the folder of Docker's config.json and contexts; "" for none
};

struct DockerEndpoint {
  std::string host;     // e.g. unix:///run/docker.sock; "" for Docker's own default
  std::string said_by;  // who names it, for messages
};

// The order of Docker's own client: the host, the context, the current context of config.json. A context is a
// file contexts/meta/SHA256-OF-ITS-NAME/meta.json. Error(not_found) when it is absent, Error(usage) when one
// of the files is broken.
DockerEndpoint docker_endpoint(const DockerOptions& options);

// The socket of an endpoint. Error(unsupported) for what is no Unix socket, Error(usage) for a path that no
// socket can have.
std::filesystem::path docker_socket(const DockerEndpoint& endpoint);

}  // namespace whittle::registry
