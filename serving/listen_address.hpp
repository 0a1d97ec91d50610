// Where a server listens: an address and a port of this machine.
#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

namespace whittle::serving {

struct ListenAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  // "127.0.0.1:5000", "[::1]:5000", "localhost:5000"; port 0 takes one that is free. Error(usage) for
  // anything else: no name is looked up.
  static ListenAddress parse(std::string_view text);

  // Whether only this machine can reach it.
  bool is_loopback() const;
  std::string text() const;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

}  // namespace whittle::serving
