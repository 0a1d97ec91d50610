// Through a proxy to another host: CONNECT of HTTP (RFC 9110, section 9.3.6), and SOCKS 4, 4a and 5 (RFC 1928
// and 1929).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "registry/address_lookup.hpp"
#include "registry/connection.hpp"
#include "registry/failed_request.hpp"
#include "registry/proxies.hpp"

namespace whittle::registry {

// Where the tunnel is to lead. With socks4 and socks5 the address counts, with others the name.
struct TunnelEnd {
  std::string host;  // an IPv6 address in its brackets
  std::uint16_t port = 0;
  std::optional<SocketAddress> address = {};
};

// Whether the scheme of a proxy leaves finding the address to whoever asks it.
bool wants_address(const Proxies::Proxy& proxy);

struct TunnelOptions {
  std::string_view user_agent;
  std::chrono::steady_clock::time_point deadline;
  const std::stop_token& stop;
};

// Asks the proxy at the other end of the connection for the tunnel: the connection is one to `end` from now
// on. Throws as FailedRequest does, which names the proxy; Error(interrupted) when `stop` asks.
void open_tunnel(Connection& connection, const Proxies::Proxy& proxy, const TunnelEnd& end,
                 const FailedRequest& failed, const TunnelOptions& options);

// The field Proxy-Authorization for a proxy of HTTP; "" when it needs no login.
std::string proxy_authorization(const Proxies::Proxy& proxy);

}  // namespace whittle::registry
