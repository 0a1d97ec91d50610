#include "registry/proxy_tunnel.hpp"

#include <fmt/format.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

#include "common/base64.hpp"
#include "common/error.hpp"
#include "registry/header_reader.hpp"
#include "registry/outcome.hpp"
#include "registry/registry_error.hpp"

namespace whittle::registry {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t tunnel_header_limit = 64U << 10U;  // bytes

// Question and answer over a connection, until a deadline.
class Conversation {
 public:
  Conversation(Connection& connection, const FailedRequest& failed, const TunnelOptions& options)
      : connection_(connection), failed_(failed), options_(options) {}

  void say(std::string_view text) {
    for (auto rest = as_bytes(text); !rest.empty();) {
      const auto moved = connection_.write(rest);
      if (moved.how == Moved::How::moved)
        rest = rest.subspan(moved.count);
      else
        wait(moved, connection_.write_awaits());
    }
  }
  std::string hear(std::size_t size) {
    std::string text(size, '\0');
    for (auto rest = std::as_writable_bytes(std::span(text)); !rest.empty();) {
      const auto moved = connection_.read(rest);
      if (moved.how == Moved::How::moved)
        rest = rest.subspan(moved.count);
      else
        wait(moved, connection_.read_awaits());
    }
    return text;
  }

  [[noreturn]] void refuse(std::string_view why, bool retryable = false) const {
    failed_.refuse_proxy(why, retryable, "no_proxy names the hosts that are reached without it");
  }
  [[noreturn]] void refuse_login(std::string_view why) const { failed_.refuse_proxy_login(why); }

 private:
  void wait(const Moved& moved, short awaited) {
    if (moved.how == Moved::How::ended) refuse("it closed the connection", true);
    if (moved.how == Moved::How::failed) refuse(connection_.why(), true);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(options_.deadline - Clock::now());
    if (left.count() <= 0) refuse("it does not answer in time", true);
    std::array<pollfd, 1> polled = {{{connection_.socket(), awaited, 0}}};
    wait_a_little(polled, left, options_.stop);
  }

  Connection& connection_;
  const FailedRequest& failed_;
  const TunnelOptions& options_;
};

// Byte by byte: what follows the header belongs to the other end of the tunnel.
void connect_by_http(Conversation& proxy, const Proxies::Proxy& settings, const TunnelEnd& end,
                     std::string_view user_agent) {
  const auto authority = fmt::format("{}:{}", end.host, end.port);
  auto request =
      fmt::format("CONNECT {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {}\r\n", authority, authority, user_agent);
  if (const auto login = proxy_authorization(settings); !login.empty())
    request += fmt::format("Proxy-Authorization: {}\r\n", login);
  proxy.say(request + "\r\n");
  HeaderReader header(tunnel_header_limit);
  for (std::string line; !header.done();) {
    line += proxy.hear(1);
    if (line.size() <= 5 && !std::string_view("HTTP/").starts_with(line.substr(0, 5)) && !header.started())
      proxy.refuse("it is no proxy of HTTP");
    if (line.back() != '\n' && line.size() < tunnel_header_limit) continue;
    try {
      header.take(line);
    } catch (const RegistryError& error) {
      proxy.refuse(error.message());
    }
    line.clear();
  }
  if (header.status() == 407) proxy.refuse_login("it demands a login (407)");
  if (header.status() >= 300)
    proxy.refuse(fmt::format("it answered {}", header.status()),
                 outcome_of(header.status()) != Outcome::settled);
}

void append_number(std::string& text, std::uint16_t number) {
  text += static_cast<char>(number >> 8U);
  text += static_cast<char>(number & 0xffU);
}

std::string_view raw_address(const SocketAddress& address) {
  const auto* const storage = &address.storage;
  return storage->ss_family == AF_INET
             ? std::string_view(
                   reinterpret_cast<const char*>(&reinterpret_cast<const sockaddr_in*>(storage)->sin_addr),
                   sizeof(in_addr))
             : std::string_view(
                   reinterpret_cast<const char*>(&reinterpret_cast<const sockaddr_in6*>(storage)->sin6_addr),
                   sizeof(in6_addr));
}

void connect_by_socks4(Conversation& proxy, const Proxies::Proxy& settings, const TunnelEnd& end) {
  std::string request("\x04\x01", 2);
  append_number(request, end.port);
  if (end.address && end.address->storage.ss_family != AF_INET)
    proxy.refuse("SOCKS 4 knows no IPv6 addresses");
  request += end.address ? raw_address(*end.address) : std::string_view("\0\0\0\1", 4);
  request += settings.user + '\0';
  if (!end.address) request += end.host + '\0';
  proxy.say(request);
  const auto answer = proxy.hear(8);
  const auto code = static_cast<unsigned char>(answer[1]);
  constexpr unsigned granted = 90;
  if (answer[0] != 0) proxy.refuse("it is no proxy of SOCKS 4");
  if (code != granted) {
    const auto why = fmt::format("it refuses ({})", code);
    if (code > granted + 1) proxy.refuse_login(why);
    proxy.refuse(why);
  }
}

std::string_view meaning_of_socks5(unsigned char code) {
  static constexpr std::array<std::string_view, 9> meanings = {"granted",
                                                               "it fails",
                                                               "its rules forbid it",
                                                               "the network is unreachable",
                                                               "the host is unreachable",
                                                               "the host refuses",
                                                               "it takes too long",
                                                               "it does not know CONNECT",
                                                               "it does not know such addresses"};
  return code < meanings.size() ? meanings[code] : "it refuses";
}

void log_in_by_socks5(Conversation& proxy, const Proxies::Proxy& settings) {
  constexpr std::size_t longest = 255;
  if (settings.user.size() > longest || settings.password.size() > longest)
    proxy.refuse_login("SOCKS 5 allows 255 bytes for a name and a password");
  std::string login(1, '\x01');
  for (const auto* word : {&settings.user, &settings.password})
    login += static_cast<char>(word->size()) + *word;
  proxy.say(login);
  if (proxy.hear(2)[1] != 0) proxy.refuse_login("it does not accept the login");
}

void connect_by_socks5(Conversation& proxy, const Proxies::Proxy& settings, const TunnelEnd& end) {
  const bool has_login = !settings.user.empty();
  proxy.say(has_login ? std::string_view("\x05\x02\x00\x02", 4) : std::string_view("\x05\x01\x00", 3));
  const auto method = proxy.hear(2);
  if (method[0] != 5) proxy.refuse("it is no proxy of SOCKS 5");
  if (method[1] == 2 && has_login)
    log_in_by_socks5(proxy, settings);
  else if (method[1] != 0)
    proxy.refuse_login(has_login ? "it does not accept a login with a password" : "it demands a login");
  std::string request("\x05\x01\x00", 3);
  if (end.address) {
    request += end.address->storage.ss_family == AF_INET ? '\x01' : '\x04';
    request += raw_address(*end.address);
  } else {
    request += '\x03';
    request += static_cast<char>(end.host.size());
    request += end.host;
  }
  append_number(request, end.port);
  proxy.say(request);
  const auto answer = proxy.hear(5);
  if (const auto code = static_cast<unsigned char>(answer[1]); code != 0)
    proxy.refuse(std::string(meaning_of_socks5(code)), code != 2 && code < 7);
  // The proxy's own address and port, which say nothing here; one byte of them is read already.
  const std::size_t address = answer[3] == 1 ? 4
                              : answer[3] == 4
                                  ? 16
                                  : 1 + static_cast<std::size_t>(static_cast<unsigned char>(answer[4]));
  proxy.hear(address - 1 + 2);
}

}  // namespace

bool wants_address(const Proxies::Proxy& proxy) {
  return proxy.scheme == "socks4" || proxy.scheme == "socks5";
}

std::string proxy_authorization(const Proxies::Proxy& proxy) {
  if (proxy.user.empty() && proxy.password.empty()) return {};
  return "Basic " + base64_encoded(fmt::format("{}:{}", proxy.user, proxy.password));
}

void open_tunnel(Connection& connection, const Proxies::Proxy& proxy, const TunnelEnd& end,
                 const FailedRequest& failed, const TunnelOptions& options) {
  Conversation conversation(connection, failed, options);
  if (!proxy.is_socks())
    connect_by_http(conversation, proxy, end, options.user_agent);
  else if (proxy.scheme.starts_with("socks4"))
    connect_by_socks4(conversation, proxy, end);
  else
    connect_by_socks5(conversation, proxy, end);
}

}  // namespace whittle::registry
