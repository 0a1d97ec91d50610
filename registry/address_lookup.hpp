// From the name of a host to the addresses it may be reached at.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

namespace whittle::registry {

struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;  // bytes of it in use
  const sockaddr& get() const { return reinterpret_cast<const sockaddr&>(storage); }
};

struct Addresses {
  std::vector<SocketAddress> found = {};  // in the order in which they are to be tried
  std::string why_none = {};              // in words of the system
  bool is_unknown = false;                // the name is: whoever asks again is told the same
};

// Addresses of `host`, which is a name or an address literal (an IPv6 one in its brackets or without).
// localhost and all below it are loopback, whatever a name server says (RFC 6761, section 6.3); others are
// asked of the system until `deadline`. Families take turns (RFC 8305, section 4). Thread-safe.
// Error(interrupted) when `stop` asks.
Addresses look_up(const std::string& host, std::uint16_t port, std::chrono::steady_clock::time_point deadline,
                  const std::stop_token& stop);

}  // namespace whittle::registry
