// HTTP/1.1 over connections that are kept and reused.
//
// Each request in flight has a connection of its own, which goes back to a pool when its answer has been
// read. So nothing is shared between threads but the pool, and HTTP/2, which would gain nothing here, is not
// spoken.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "registry/certificates.hpp"
#include "registry/http.hpp"
#include "registry/proxies.hpp"
#include "registry/watchdog.hpp"

namespace whittle::registry {

struct TransportOptions {
  std::string user_agent = "whittle";
  std::chrono::milliseconds connect{30'000};  // name, TCP, proxy and TLS together
  Patience patience = {};
  std::size_t header_block = 256U << 10U;  // bytes
  Proxies proxies = Proxies();
  // Whether a URL's host may only be at a public address, whatever its name resolves to. Through a proxy
  // nobody but the proxy knows.
  std::function<bool(const Url&)> only_public = {};
  std::string authorities = {};  // a file with those that count for all hosts; "" for none
  std::string unix_socket = {};  // the path of one that is connected to, whatever the URL's host
  // What a connection to host[:port] uses besides the authorities; may be nothing, and may throw.
  std::function<std::shared_ptr<const TlsIdentity>(const std::string&)> identity = {};
};

class HttpTransport final : public Transport {
 public:
  HttpTransport(TransportOptions options, std::stop_token stop);
  ~HttpTransport() override;
  Response send(const Request& request) override;

  struct Shared;  // sealed in the .cpp

 private:
  std::shared_ptr<Shared> shared_;  // with the bodies that are still being read
};

}  // namespace whittle::registry
