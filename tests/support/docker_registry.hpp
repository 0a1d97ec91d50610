// A real registry: Debian's docker-registry on a free port of loopback, with its storage in a temporary
// folder.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace whittle::test {

struct RegistryLogin {
  std::string user;
  std::string password;
};

// Runs until destroyed.
class DockerRegistry {
 public:
  // Where the programs are; nothing when they are absent, and then the test must say that it is skipped.
  static bool available();
  static bool logins_available();  // htpasswd

  explicit DockerRegistry(const std::optional<RegistryLogin>& login = {});
  ~DockerRegistry();
  DockerRegistry(const DockerRegistry&) = delete;
  DockerRegistry& operator=(const DockerRegistry&) = delete;

  const std::string& host() const { return host_; }  // 127.0.0.1:PORT

 private:
  struct Process;
  std::unique_ptr<Process> process_;
  std::string host_;
};

// skopeo, to look at what was pushed with other eyes.
bool skopeo_available();
// Its standard output; a failure throws with what it said.
std::string skopeo(std::initializer_list<std::string> arguments);

}  // namespace whittle::test
