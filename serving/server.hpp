// A server of HTTP/1.1, in plain text: a bounded number of connections, each in a thread of its own.
#pragma once

#include <stop_token>
#include <string>

#include "common/file.hpp"
#include "serving/connection.hpp"
#include "serving/listen_address.hpp"

namespace whittle::serving {

struct ServerLimits {
  unsigned connections = 256;
  ConnectionLimits connection = {};
};

class Server {
 public:
  // Listens from now on. The handler is called from several threads. Error(io) when the address cannot be
  // had.
  Server(const ListenAddress& address, Handler handler, const ServerLimits& limits = {});

  // With the port that it got.
  ListenAddress address() const;
  // Serves until it is stopped; then no request is accepted any more, and those that had begun to arrive are
  // answered before it returns. When all connections are taken, the one that was idle for longest is closed;
  // a client that finds none idle hears 503.
  void run(const std::stop_token& stop);

 private:
  class Connections;
  class IdleMark;
  void admit(Connections& connections, Fd socket);

  Handler handler_;
  ServerLimits limits_;
  Fd listener_;
  Fd stopped_;
};

}  // namespace whittle::serving
