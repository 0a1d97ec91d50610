// A server of the Remote Execution API for flows: remote_server PORT-FILE FOLDER LOG [FAULT[=TIMES] …]
//   [--instance NAME] [--header NAME=VALUE] [--tls CERTIFICATE KEY] [--clients AUTHORITIES]
//   [--memory FOLDER]
// Writes the port that it listens on into PORT-FILE.
#include <grpcpp/server_builder.h>

#include <cstdio>
#include <span>
#include <string>

#include "common/file.hpp"
#include "tests/support/remote_server/services.hpp"

namespace {

std::string pem(const std::string& file) {
  return whittle::read_file(file, 1U << 20U);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace whittle::test;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 3) return 2;
  ServerOptions options;
  options.folder = arguments[1];
  options.log = arguments[2];
  Faults faults;
  std::string certificate;
  std::string key;
  std::string clients;
  for (std::size_t i = 3; i < arguments.size(); ++i) {
    const auto& word = arguments[i];
    if (word == "--instance")
      options.instance = arguments.at(++i);
    else if (word == "--header")
      options.header = arguments.at(++i);
    else if (word == "--memory")
      options.memory = arguments.at(++i);
    else if (word == "--clients")
      clients = pem(arguments.at(++i));
    else if (word == "--tls") {
      certificate = pem(arguments.at(++i));
      key = pem(arguments.at(++i));
    } else
      faults.plan(word);
  }
  ServerState state(options, faults);
  CapabilitiesService capabilities(state);
  StorageService storage(state);
  StreamService streams(state);
  CacheService cache(state);
  ExecutionService execution(state);
  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
  if (!certificate.empty()) {
    grpc::SslServerCredentialsOptions tls(clients.empty()
                                              ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                              : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    tls.pem_root_certs = clients;
    tls.pem_key_cert_pairs.push_back({key, certificate});
    credentials = grpc::SslServerCredentials(tls);
  }
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", credentials, &port);
  for (grpc::Service* service :
       std::initializer_list<grpc::Service*>{&capabilities, &storage, &streams, &cache, &execution})
    builder.RegisterService(service);
  const auto server = builder.BuildAndStart();
  if (!server) return 1;
  whittle::write_file(arguments[0], std::to_string(port), whittle::AtomicFile::Durability::content);
  server->Wait();
  return 0;
}
