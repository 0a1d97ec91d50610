#include "running/local_client.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "common/parallel.hpp"
#include "running/load_plan.hpp"
#include "running/response_reader.hpp"

namespace whittle::running {
namespace {

using Clock = std::chrono::steady_clock;

// Waits until the socket is ready for `what`; false when the time is over.
bool wait_for(const Fd& fd, short what, Clock::time_point end, const std::stop_token& stop) {
  for (;;) {
    throw_if_stopped(stop);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return false;
    pollfd polled{fd.get(), what, 0};
    if (::poll(&polled, 1, static_cast<int>(std::min<std::int64_t>(left, 50))) > 0) return true;
  }
}

Fd connected(NetworkDoor& door, const LocalUrl& url, Clock::time_point end, const std::stop_token& stop) {
  auto fd = door.tcp_socket(url.ipv6);
  const auto address = url.address();
  if (::connect(fd.get(), address.get(), address.size) == 0) return fd;
  if (errno != EINPROGRESS || !wait_for(fd, POLLOUT, end, stop)) return {};
  int error_number = 0;
  socklen_t size = sizeof error_number;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error_number, &size) != 0 || error_number != 0) return {};
  return fd;
}

bool send_all(const Fd& fd, std::string_view bytes, Clock::time_point end, const std::stop_token& stop) {
  while (!bytes.empty()) {
    const auto count = ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count > 0)
      bytes.remove_prefix(static_cast<std::size_t>(count));
    else if (errno == EAGAIN && wait_for(fd, POLLOUT, end, stop))
      continue;
    else if (errno != EINTR)
      return false;
  }
  return true;
}

}  // namespace

std::optional<LocalAnswer> get(NetworkDoor& door, const LocalUrl& url, std::size_t largest_body,
                               std::chrono::milliseconds timeout, const std::stop_token& stop) {
  const auto end = Clock::now() + timeout;
  const auto fd = connected(door, url, end, stop);
  if (!fd || !send_all(fd, get_request(url, false).bytes, end, stop)) return std::nullopt;
  ResponseReader reader;
  reader.begin(false, largest_body);
  std::array<char, 65536> buffer{};
  auto state = ResponseReader::State::more;
  while (state == ResponseReader::State::more) {
    if (!wait_for(fd, POLLIN, end, stop)) return std::nullopt;
    const auto count = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    std::string_view bytes(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    state = count > 0 ? reader.feed(bytes) : reader.end();
  }
  if (state == ResponseReader::State::broken) return std::nullopt;
  return LocalAnswer{reader.status(), reader.body()};
}

bool accepts(NetworkDoor& door, const LocalUrl& url, std::chrono::milliseconds timeout,
             const std::stop_token& stop) {
  return static_cast<bool>(connected(door, url, Clock::now() + timeout, stop));
}

}  // namespace whittle::running
