#include "registry/connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "common/parallel.hpp"

namespace whittle::registry {

using std::chrono::milliseconds;

Moved SocketConnection::outcome(ssize_t count) {
  if (count > 0) return {Moved::How::moved, static_cast<std::size_t>(count)};
  if (count == 0) return {Moved::How::ended};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {Moved::How::blocked};
  why_ = std::generic_category().message(errno);
  return {Moved::How::failed};
}

Moved SocketConnection::read(MutableBytes buffer) {
  return outcome(::recv(fd_.get(), buffer.data(), buffer.size(), 0));
}

Moved SocketConnection::write(Bytes bytes) {
  return outcome(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

milliseconds wait_a_little(std::span<pollfd> descriptors, milliseconds longest, const std::stop_token& stop) {
  constexpr milliseconds until_a_stop_is_noticed{200};
  throw_if_stopped(stop);
  const auto start = std::chrono::steady_clock::now();
  const auto wait = std::clamp(longest, milliseconds(0), until_a_stop_is_noticed);
  ::poll(descriptors.data(), descriptors.size(), static_cast<int>(wait.count()));
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
}

}  // namespace whittle::registry
