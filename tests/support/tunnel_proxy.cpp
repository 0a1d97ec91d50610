#include "tests/support/tunnel_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "common/file.hpp"

namespace whittle::test {

std::string TunnelClient::hear_header() {
  std::string header;
  while (!header.ends_with("\r\n\r\n")) {
    const auto byte = hear(1);
    if (byte.empty()) break;
    header += byte;
  }
  return header;
}

namespace {

Fd loopback_socket(std::uint16_t port, bool listens) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const bool good = listens ? ::bind(fd.get(), generic, sizeof address) == 0 && ::listen(fd.get(), 16) == 0
                            : ::connect(fd.get(), generic, sizeof address) == 0;
  if (!good) throw std::runtime_error("the test's proxy has no socket");
  return fd;
}

class Client final : public TunnelClient {
 public:
  Client(int fd, TlsConnection* tls) : fd_(fd), tls_(tls) {}
  long receive(char* buffer, std::size_t size) {
    return tls_ != nullptr ? tls_->receive(buffer, size) : ::recv(fd_, buffer, size, 0);
  }
  std::string hear(std::size_t size) override {
    std::string bytes(size, '\0');
    std::size_t heard = 0;
    while (heard < size) {
      const auto count = receive(bytes.data() + heard, size - heard);
      if (count <= 0) break;
      heard += static_cast<std::size_t>(count);
    }
    bytes.resize(heard);
    return bytes;
  }
  void say(std::string_view bytes) override {
    if (tls_ != nullptr)
      tls_->send(bytes.data(), bytes.size());
    else
      ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

 private:
  int fd_;
  TlsConnection* tls_;
};

}  // namespace

struct TunnelProxy::State {
  std::string server;
  Handshake handshake;
  std::shared_ptr<TlsConnection::Context> tls;
  Fd listener;
  std::mutex mutex;
  std::set<int> open;
  std::vector<std::thread> threads;

  void serve(const Fd& fd) const {
    std::unique_ptr<TlsConnection> secured;
    if (tls) secured = std::make_unique<TlsConnection>(*tls, fd.get());
    if (secured && !secured->accept()) return;
    Client client(fd.get(), secured.get());
    if (handshake(client)) join(client, fd);
  }

  // What one has said the other hears, until one of them leaves. A record of TLS may hold more than one read
  // takes, so reads are as large as a record.
  void join(Client& client, const Fd& fd) const {
    const auto port = static_cast<std::uint16_t>(std::stoi(server.substr(server.rfind(':') + 1)));
    const auto upstream = loopback_socket(port, false);
    std::vector<char> bytes(32U << 10U);
    for (;;) {
      std::array<pollfd, 2> polled = {{{fd.get(), POLLIN, 0}, {upstream.get(), POLLIN, 0}}};
      if (::poll(polled.data(), polled.size(), 10'000) <= 0) return;
      if (polled[0].revents != 0) {
        const auto count = client.receive(bytes.data(), bytes.size());
        if (count <= 0) return;
        ::send(upstream.get(), bytes.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL);
      }
      if (polled[1].revents != 0) {
        const auto count = ::recv(upstream.get(), bytes.data(), bytes.size(), 0);
        if (count <= 0) return;
        client.say({bytes.data(), static_cast<std::size_t>(count)});
      }
    }
  }

  void run() {
    for (;;) {
      Fd fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!fd) return;
      const std::lock_guard lock(mutex);
      open.insert(fd.get());
      threads.emplace_back([this, taken = std::move(fd)] {
        serve(taken);
        const std::lock_guard held(mutex);
        open.erase(taken.get());
      });
    }
  }
  std::thread accepting;
};

TunnelProxy::TunnelProxy(std::string server, Handshake handshake, const std::optional<ServerTls>& tls)
    : state_(std::make_unique<State>()) {
  state_->server = std::move(server);
  state_->handshake = std::move(handshake);
  if (tls) state_->tls = TlsConnection::context(*tls);
  state_->listener = loopback_socket(0, true);
  state_->accepting = std::thread([state = state_.get()] { state->run(); });
}

TunnelProxy::~TunnelProxy() {
  ::shutdown(state_->listener.get(), SHUT_RDWR);
  state_->accepting.join();
  {
    const std::lock_guard lock(state_->mutex);
    for (const int fd : state_->open) ::shutdown(fd, SHUT_RDWR);
  }
  for (auto& thread : state_->threads) thread.join();
}

std::string TunnelProxy::host() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(state_->listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

}  // namespace whittle::test
