// A connection as bytes in both directions, which never waits by itself.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <span>
#include <stop_token>
#include <string>
#include <utility>

#include "common/bytes.hpp"
#include "common/file.hpp"

namespace whittle::registry {

// What came of reading or writing.
struct Moved {
  enum class How { moved, blocked, ended, failed };
  How how = How::moved;
  std::size_t count = 0;  // bytes, of `moved`
};

// A socket (below), or TLS over another connection (tls_connection.hpp). One thread at a time.
class Connection {
 public:
  virtual ~Connection() = default;
  // Into a buffer that is not empty.
  virtual Moved read(MutableBytes buffer) = 0;
  virtual Moved write(Bytes bytes) = 0;
  // What has to come before the call that was blocked can go on: POLLIN or POLLOUT.
  virtual short read_awaits() const = 0;
  virtual short write_awaits() const = 0;
  // Why the last call failed, in words of the system or of OpenSSL; escaped.
  virtual const std::string& why() const = 0;
  virtual int socket() const = 0;
};

class SocketConnection final : public Connection {
 public:
  // A connected socket that does not block.
  explicit SocketConnection(Fd fd) : fd_(std::move(fd)) {}
  Moved read(MutableBytes buffer) override;
  Moved write(Bytes bytes) override;
  short read_awaits() const override { return POLLIN; }
  short write_awaits() const override { return POLLOUT; }
  const std::string& why() const override { return why_; }
  int socket() const override { return fd_.get(); }

 private:
  Moved outcome(ssize_t count);
  Fd fd_;
  std::string why_;
};

// Waits until one of the descriptors is ready, for `longest` at most and never longer than 200 ms, and
// returns how long that took. Error(interrupted) when `stop` asks.
std::chrono::milliseconds wait_a_little(std::span<pollfd> descriptors, std::chrono::milliseconds longest,
                                        const std::stop_token& stop);

}  // namespace whittle::registry
