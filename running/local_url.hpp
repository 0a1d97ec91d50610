// A URL of the container's own loopback: the only network there is inside.
#pragma once

#include <sys/socket.h>

#include <netinet/in.h>
#include <string>
#include <string_view>

namespace whittle::running {

struct LocalUrl {
  std::string authority;  // host[:port], as it is written
  std::string target;     // path and query (RFC 9112, section 3.2.1)
  bool ipv6 = false;
  std::uint16_t port = 80;

  // http://localhost…, http://127.….…/, http://[::1]…. Error(usage) for another scheme or host: what is
  // measured is the container, and nobody else is sent anything.
  static LocalUrl parse(std::string_view text);

  struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  };
  Address address() const;
};

}  // namespace whittle::running
