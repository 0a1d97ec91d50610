// Opens places. Holds what they share: connections, credentials, the store's folder.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "common/limits.hpp"
#include "common/report.hpp"
#include "registry/certificates.hpp"
#include "registry/credential_helper.hpp"
#include "registry/docker_context.hpp"
#include "registry/image_io.hpp"
#include "registry/place.hpp"
#include "registry/proxies.hpp"
#include "registry/registries_conf.hpp"
#include "registry/retries.hpp"
#include "registry/web.hpp"

namespace whittle::registry {

struct AccessOptions {
  std::filesystem::path store;                               // folder of whittle's own store, an OCI layout
  std::vector<std::filesystem::path> credential_files = {};  // in the order they are asked
  HelperOptions helpers = {};                                // the programs that those may name
  std::set<std::string> plain_http_hosts = {};  // host[:port] besides loopback that may be reached by http
  std::set<std::string> realms = {};            // host[:port] of token services that may have any credentials
  CertificateOptions certificates = {};
  std::string authorities = {};  // a file with those that count for all hosts; this system's own when empty
  RegistriesOptions registries = {};
  ProxyVariables proxies = {};
  std::string user_agent = "whittle";
  RetryPolicy retries = {};
  Limits limits = {};
  std::filesystem::path scratch =
      {};  // a folder for what has no place of its own to wait in; made when needed
  DockerOptions docker = {};
  int standard_input = 0;  // of archives called `-`; borrowed
  int standard_output = 1;
};

// Thread-safe. Borrows the reporter. Sources and destinations must not outlive it.
class Access {
 public:
  Access(AccessOptions options, Reporter& reporter, std::stop_token stop);
  ~Access();

  std::unique_ptr<ImageSource> source(const Place& place);
  std::unique_ptr<ImageDestination> destination(const Place& place);
  // The bytes of a layer from where its own URLs say (foreign_layers.hpp).
  std::unique_ptr<ByteSource> open_foreign(const layers::Descriptor& layer);
  // Files of web servers, over the same connections. Lives as long as this.
  Web& web();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace whittle::registry
