#include "serving/server.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "common/error.hpp"

namespace whittle::serving {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int backlog = 128;
constexpr std::chrono::milliseconds patience{200};  // for an idle connection to end
constexpr int pause_when_out = 100;                 // milliseconds, when there are no descriptors left

}  // namespace

// Who is connected, and since when each is idle.
class Server::Connections {
 public:
  explicit Connections(unsigned most) : most_(most) {}

  // Makes room if it must; false when there is none.
  bool enter() {
    std::unique_lock lock(mutex_);
    if (count_ >= most_) {
      close_idle();
      left_.wait_for(lock, patience, [&] { return count_ < most_; });
    }
    if (count_ >= most_) return false;
    ++count_;
    return true;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    --count_;
    left_.notify_all();
  }
  void set_idle(int socket, bool idle) {
    const std::lock_guard lock(mutex_);
    if (idle)
      idle_.emplace(socket, Clock::now());
    else
      idle_.erase(socket);
  }
  void wait_until_empty() {
    std::unique_lock lock(mutex_);
    left_.wait(lock, [&] { return count_ == 0; });
  }

 private:
  void close_idle() {
    const auto longest = std::min_element(idle_.begin(), idle_.end(),
                                          [](const auto& a, const auto& b) { return a.second < b.second; });
    if (longest != idle_.end()) ::shutdown(longest->first, SHUT_RD);  // its thread reads the end
  }

  const unsigned most_;
  std::mutex mutex_;
  std::condition_variable left_;
  unsigned count_ = 0;
  std::map<int, Clock::time_point> idle_;
};

// Nothing is known of a descriptor once it is closed.
class Server::IdleMark {
 public:
  IdleMark(Connections& connections, int socket) : connections_(connections), socket_(socket) {}
  ~IdleMark() { set(false); }
  IdleMark(const IdleMark&) = delete;
  IdleMark& operator=(const IdleMark&) = delete;
  void set(bool idle) const { connections_.set_idle(socket_, idle); }

 private:
  Connections& connections_;
  int socket_;
};

Server::Server(const ListenAddress& address, Handler handler, const ServerLimits& limits)
    : handler_(std::move(handler)),
      limits_(limits),
      listener_(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)),
      stopped_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  const auto doing = fmt::format("listening at {}", address.text());
  if (!listener_ || !stopped_) throw_errno(errno, doing);
  const int on = 1;
  ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);  // connections of the one before
  if (::bind(listener_.get(), address.get(), address.size) != 0 || ::listen(listener_.get(), backlog) != 0) {
    const int failure = errno;
    try {
      throw_errno(failure, doing);
    } catch (Error& error) {
      if (failure == EADDRINUSE)
        error.hint("another program listens there; --listen 127.0.0.1:0 takes a free port");
      throw;
    }
  }
}

ListenAddress Server::address() const {
  ListenAddress address;
  address.size = sizeof address.storage;
  if (::getsockname(listener_.get(), address.get(), &address.size) != 0)
    throw_errno(errno, "asking for the own address");
  return address;
}

void Server::admit(Connections& connections, Fd socket) {
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto refuse = [](const Fd& to) {
    const auto text = head_of(refusal(503, "TOOMANYREQUESTS", ""), true);
    static_cast<void>(::send(to.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
  };
  if (!connections.enter()) return refuse(socket);
  const auto serve = [this, &connections](Fd mine) {
    try {
      Connection connection(std::move(mine), handler_, limits_.connection, stopped_.get());
      const IdleMark mark(connections, connection.socket());
      do mark.set(true);
      while (connection.serve_one([&] { mark.set(false); }));
    } catch (const std::exception&) {  // no memory for it: it ends, the others go on
    }
    connections.leave();
  };
  try {
    std::thread(serve, std::move(socket)).detach();
  } catch (const std::system_error&) {
    connections.leave();
  }
}

void Server::run(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] {
    const std::uint64_t one = 1;
    static_cast<void>(::write(stopped_.get(), &one, sizeof one) == sizeof one);
  });
  Connections connections(limits_.connections);
  std::array<pollfd, 2> fds = {{{listener_.get(), POLLIN, 0}, {stopped_.get(), POLLIN, 0}}};
  while (!stop.stop_requested()) {
    if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) {
      const int failure = errno;
      connections.wait_until_empty();
      throw_errno(failure, "waiting for connections");
    }
    if (stop.stop_requested()) break;
    Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket)
      admit(connections, std::move(socket));
    else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
      ::poll(&fds[1], 1, pause_when_out);  // until one of ours has ended
  }
  connections.wait_until_empty();
}

}  // namespace whittle::serving
