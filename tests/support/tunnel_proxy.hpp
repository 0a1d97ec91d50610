// A proxy on loopback whose every word a test decides, and that joins who asks with a server when it is told
// to.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/server_tls.hpp"

namespace whittle::test {

// The client's side of a connection to the proxy.
class TunnelClient {
 public:
  virtual ~TunnelClient() = default;
  virtual std::string hear(std::size_t size) = 0;  // exactly so many bytes; fewer when the client leaves
  virtual void say(std::string_view bytes) = 0;
  // Up to the empty line behind a header.
  std::string hear_header();
};

class TunnelProxy {
 public:
  // Returns whether the client and the server are to be joined. Called from several threads.
  using Handshake = std::function<bool(TunnelClient&)>;
  // `server` is HOST:PORT on loopback.
  TunnelProxy(std::string server, Handshake handshake, const std::optional<ServerTls>& tls = {});
  ~TunnelProxy();
  TunnelProxy(const TunnelProxy&) = delete;
  TunnelProxy& operator=(const TunnelProxy&) = delete;

  std::string host() const;  // 127.0.0.1:PORT

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace whittle::test
