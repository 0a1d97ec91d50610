// Opens the connection that a request goes by: the name is looked up, an address answers, a proxy lets
// through, TLS is opened.
#pragma once

#include <memory>
#include <stop_token>

#include "registry/connection.hpp"
#include "registry/failed_request.hpp"
#include "registry/http_transport.hpp"
#include "registry/tls_connection.hpp"

namespace whittle::registry {

// What a connection to one host is opened with. Borrows all.
struct Dial {
  const TransportOptions& options;
  TlsSettings& tls;
  const Proxies::Proxy* proxy;  // or nothing
  const std::shared_ptr<const TlsIdentity>& identity;
  const FailedRequest& failed;  // the request that wants it
  const std::stop_token& stop;
};

// Within options.connect, for all of it. Throws what `failed` says, and Error(interrupted).
std::unique_ptr<Connection> dial(const Dial& with);

}  // namespace whittle::registry
