#include "registry/dial.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <system_error>
#include <vector>

#include "common/ascii.hpp"
#include "registry/address_lookup.hpp"
#include "registry/connect_rules.hpp"
#include "registry/proxy_tunnel.hpp"

namespace whittle::registry {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// RFC 8305, section 5: how long an address may take before the next is tried beside it.
constexpr milliseconds head_start{250};

class Dialing {
 public:
  explicit Dialing(const Dial& with) : with_(with), deadline_(Clock::now() + with.options.connect) {}

  std::unique_ptr<Connection> run() {
    if (!with_.options.unix_socket.empty()) return connected_to_unix_socket();
    const auto& url = with_.failed.url;
    const auto* const proxy = with_.proxy;
    auto connection =
        proxy == nullptr ? connected(url.host, url.port_number()) : connected(proxy->host, proxy->port);
    if (proxy != nullptr && proxy->scheme == "https")
      connection = secured(std::move(connection), proxy->host, {}, true);
    if (proxy != nullptr && (url.scheme == "https" || proxy->is_socks())) tunnel(*connection);
    if (url.scheme == "https") connection = secured(std::move(connection), url.host, with_.identity, false);
    return connection;
  }

 private:
  std::unique_ptr<Connection> connected_to_unix_socket();
  std::unique_ptr<Connection> connected(const std::string& host, std::uint16_t port);
  std::vector<SocketAddress> addresses_of(const std::string& host, std::uint16_t port, bool of_proxy);
  Fd first_to_answer(const std::vector<SocketAddress>& addresses, int& why_not);
  std::unique_ptr<Connection> secured(std::unique_ptr<Connection> below, const std::string& host,
                                      const std::shared_ptr<const TlsIdentity>& identity, bool of_proxy);
  void tunnel(Connection& connection);
  milliseconds left() const { return std::chrono::ceil<milliseconds>(deadline_ - Clock::now()); }
  std::string too_late() const {
    return fmt::format("not within {} seconds",
                       std::chrono::ceil<std::chrono::seconds>(with_.options.connect).count());
  }
  [[noreturn]] void refuse_connecting(std::string_view why) const;

  const Dial& with_;
  Clock::time_point deadline_;
};

void Dialing::refuse_connecting(std::string_view why) const {
  if (with_.proxy != nullptr)
    with_.failed.refuse_proxy(why, true, "check that the proxy is up, and its host and port in https_proxy");
  with_.failed.refuse(ErrorKind::network, "connecting to", why, true,
                      "check that the registry is up, and its host and port in the reference");
}

// Begins to connect; a descriptor in any case, with the error if it fails at once.
Fd begin_connecting(const SocketAddress& address, int& failed) {
  Fd fd(::socket(address.get().sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  failed = 0;
  if (!fd || (::connect(fd.get(), &address.get(), address.size) != 0 && errno != EINPROGRESS)) failed = errno;
  return fd;
}

int error_of(const Fd& fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

// The first of them to answer, tried one after another and beside each other; none when all have failed or
// the time is over (`why_not` is 0 then).
Fd Dialing::first_to_answer(const std::vector<SocketAddress>& addresses, int& why_not) {
  std::vector<Fd> trying;
  auto next = addresses.begin();
  auto next_at = Clock::now();
  while (left().count() > 0) {
    if (next != addresses.end() && (trying.empty() || Clock::now() >= next_at)) {
      auto fd = begin_connecting(*next++, why_not);
      next_at = Clock::now() + head_start;
      if (why_not != 0) continue;
      trying.push_back(std::move(fd));
    }
    if (trying.empty()) {
      if (next == addresses.end()) return {};
      continue;
    }
    std::vector<pollfd> polled;
    for (const auto& fd : trying) polled.push_back({fd.get(), POLLOUT, 0});
    const auto until_next =
        next == addresses.end() ? left() : std::chrono::ceil<milliseconds>(next_at - Clock::now());
    wait_a_little(polled, std::min(left(), until_next), with_.stop);
    for (std::size_t i = polled.size(); i-- > 0;) {
      if (polled[i].revents == 0) continue;
      const int error = error_of(trying[i]);
      if (error == 0) return std::move(trying[i]);
      why_not = error;
      trying.erase(trying.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  why_not = 0;
  return {};
}

std::vector<SocketAddress> Dialing::addresses_of(const std::string& host, std::uint16_t port, bool of_proxy) {
  auto addresses = look_up(host, port, deadline_, with_.stop);
  if (addresses.found.empty()) {
    if (of_proxy)
      with_.failed.refuse_proxy(fmt::format("looking up its name: {}", addresses.why_none),
                                !addresses.is_unknown, "check the proxy's name in https_proxy");
    with_.failed.refuse(ErrorKind::network, "looking up the name", addresses.why_none, !addresses.is_unknown,
                        "check the registry's name in the reference");
  }
  return std::move(addresses.found);
}

std::unique_ptr<Connection> Dialing::connected(const std::string& host, std::uint16_t port) {
  auto addresses = addresses_of(host, port, with_.proxy != nullptr);
  // A name may resolve to any address: only here is known which one it is (hostile.md, 113).
  if (with_.proxy == nullptr && with_.options.only_public && with_.options.only_public(with_.failed.url)) {
    std::erase_if(addresses, [](const auto& address) { return is_private_address(address.get()); });
    if (addresses.empty())
      with_.failed.refuse(ErrorKind::registry, "connecting to", "it is at a private address", false);
  }
  int why_not = 0;
  auto fd = first_to_answer(addresses, why_not);
  if (!fd) refuse_connecting(why_not == 0 ? too_late() : std::generic_category().message(why_not));
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return std::make_unique<SocketConnection>(std::move(fd));
}

std::unique_ptr<Connection> Dialing::connected_to_unix_socket() {
  const auto& path = with_.options.unix_socket;
  sockaddr_un address{};
  if (path.size() >= sizeof address.sun_path) refuse_connecting("the path of the socket is too long");
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    refuse_connecting(std::generic_category().message(errno));
  return std::make_unique<SocketConnection>(std::move(fd));
}

std::unique_ptr<Connection> Dialing::secured(std::unique_ptr<Connection> below, const std::string& host,
                                             const std::shared_ptr<const TlsIdentity>& identity,
                                             bool of_proxy) {
  auto connection = std::make_unique<TlsConnection>(std::move(below), with_.tls.of(identity), host);
  for (;;) {
    const auto moved = connection->open();
    if (moved.how == Moved::How::moved) return connection;
    if (moved.how != Moved::How::blocked) {
      const auto& why = connection->why();
      if (of_proxy) with_.failed.refuse_proxy(fmt::format("opening TLS: {}", why), false);
      if (connection->is_distrusted()) with_.failed.refuse_certificate(why);
      with_.failed.refuse_tls(why);
    }
    if (left().count() <= 0) with_.failed.refuse(ErrorKind::network, "opening TLS with", too_late(), true);
    std::array<pollfd, 1> polled = {{{connection->socket(), connection->open_awaits(), 0}}};
    wait_a_little(polled, left(), with_.stop);
  }
}

void Dialing::tunnel(Connection& connection) {
  const auto& url = with_.failed.url;
  TunnelEnd end{url.host, url.port_number()};
  if (wants_address(*with_.proxy)) end.address = addresses_of(url.host, end.port, false).front();
  open_tunnel(connection, *with_.proxy, end, with_.failed, {with_.options.user_agent, deadline_, with_.stop});
}

}  // namespace

std::unique_ptr<Connection> dial(const Dial& with) {
  return Dialing(with).run();
}

}  // namespace whittle::registry
