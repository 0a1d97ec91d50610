// Through proxies of every kind, over TLS to them, to the registry and to both (hostile.md, 170).
#include "registry/proxy_tunnel.hpp"

#include <atomic>

#include "registry/http_transport.hpp"
#include "tests/support/fake_registry.hpp"
#include "tests/support/tunnel_proxy.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using namespace std::string_literals;
using registry::HttpTransport;
using registry::Proxies;
using registry::Url;
using testing::HasSubstr;

class ProxyTunnelTest : public PlaceTest {
 protected:
  // The answer to a request by way of the proxy.
  std::string get(const std::string& url, const std::string& proxy) {
    registry::TransportOptions options;
    options.proxies = Proxies({.http = proxy, .https = proxy});
    options.connect = std::chrono::seconds(5);
    write_file(path() / "authorities.pem", authority_.certificate(), AtomicFile::Durability::content);
    options.authorities = path() / "authorities.pem";
    HttpTransport transport(options, {});
    std::string all;
    for (int i = 0; i < 2; ++i) {  // the second by the same tunnel
      auto response = transport.send({"GET", Url::parse(url)});
      all += read_all(*response.body, 1000, "an answer");
    }
    return all;
  }
  static CertificateWish for_registry() { return {"registry", {"DNS:registry.example.com"}}; }

  TestAuthority authority_;
  HttpServer plain_{[](const Received&) { return Answer{200, {}, "plain "}; }};
  HttpServer secured_{[](const Received&) {
                        return Answer{200, {}, "secured "};
                      },
                      ServerTls{authority_.issue(for_registry())}};
};

// Answers as a proxy of SOCKS 5 does, and keeps what it is asked for.
struct Socks5 {
  std::string login = {};  // "USER:PASSWORD" that is demanded
  char refusal = 0;
  std::string asked = {};
  std::atomic<int> tunnels = 0;

  bool operator()(TunnelClient& client) {
    const auto greeting = client.hear(2);
    if (greeting.size() < 2) return false;
    const auto methods = client.hear(static_cast<std::size_t>(greeting[1]));
    if (login.empty()) {
      client.say("\x05\x00"s);
    } else {
      if (methods.find('\x02') == std::string::npos) return client.say("\x05\xff"s), false;
      client.say("\x05\x02"s);
      const auto name = client.hear(static_cast<std::size_t>(client.hear(2)[1]));
      const auto password = client.hear(static_cast<std::size_t>(client.hear(1)[0]));
      const bool good = name + ':' + password == login;
      client.say("\x01"s + (good ? '\0' : '\1'));
      if (!good) return false;
    }
    const auto head = client.hear(4);
    asked = head[3] == 3 ? client.hear(static_cast<std::size_t>(client.hear(1)[0]))
                         : client.hear(head[3] == 1 ? 4 : 16);
    asked += client.hear(2);
    // Its own address: an IPv6 one, which is longer than the one that was asked for.
    client.say("\x05"s + refusal + "\0\x04"s + std::string(18, '\x07'));
    ++tunnels;
    return refusal == 0;
  }
};

TEST_F(ProxyTunnelTest, Hostile170_Socks5GetsTheNameOrTheAddress) {
  Socks5 socks;
  TunnelProxy proxy(plain_.host(), std::ref(socks));
  EXPECT_EQ(get("http://registry.example.com/", "socks5h://" + proxy.host()), "plain plain ");
  EXPECT_EQ(socks.asked, "registry.example.com\0\x50"s);
  EXPECT_EQ(socks.tunnels, 1) << "a tunnel is kept as any connection is";
  EXPECT_EQ(get("http://192.0.2.7:5000/", "socks5://" + proxy.host()), "plain plain ");
  EXPECT_EQ(socks.asked, "\xc0\x00\x02\x07\x13\x88"s);
  EXPECT_EQ(get("http://[2001:db8::1]/", "socks5://" + proxy.host()), "plain plain ");
  EXPECT_EQ(socks.asked, "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01\0\x50"s);
}

TEST_F(ProxyTunnelTest, Hostile170_Socks5AndALogin) {
  Socks5 socks{.login = "me:s@crets"};
  TunnelProxy proxy(secured_.host(), std::ref(socks));
  EXPECT_EQ(get("https://registry.example.com/", "socks5h://me:s%40crets@" + proxy.host()),
            "secured secured ");
  for (const char* login : {"me:canary@", ""}) {
    const auto error = expect_error(
        ErrorKind::auth, "asking the proxy socks5h://" + proxy.host() + " for registry.example.com",
        [&] { get("https://registry.example.com/", "socks5h://" + (login + proxy.host())); });
    EXPECT_THAT(error.message(), testing::Not(HasSubstr("canary")));
  }
}

TEST_F(ProxyTunnelTest, Hostile170_Socks5Refuses) {
  Socks5 socks{.refusal = 5};
  TunnelProxy proxy(plain_.host(), std::ref(socks));
  expect_error(ErrorKind::network, "the host refuses",
               [&] { get("http://registry.example.com/", "socks5h://" + proxy.host()); });
}

TEST_F(ProxyTunnelTest, Hostile170_Socks4) {
  std::string asked;
  char code = 90;
  TunnelProxy proxy(plain_.host(), [&](TunnelClient& client) {
    asked = client.hear(8);
    if (asked.size() < 8) return false;  // who asks for nothing
    const auto word = [&] {
      std::string text;
      for (auto byte = client.hear(1); byte != "\0"s && !byte.empty(); byte = client.hear(1)) text += byte;
      return text;
    };
    asked += '|' + word();
    if (asked.substr(4, 4) == "\0\0\0\1"s) asked += '|' + word();
    client.say("\0"s + code + std::string(6, '\0'));
    return code == 90;
  });
  EXPECT_EQ(get("http://192.0.2.7/", "socks4://me@" + proxy.host()), "plain plain ");
  EXPECT_EQ(asked, "\x04\x01\x00\x50\xc0\x00\x02\x07|me"s);
  EXPECT_EQ(get("http://registry.example.com/", "socks4a://" + proxy.host()), "plain plain ");
  EXPECT_EQ(asked, "\x04\x01\x00\x50\x00\x00\x00\x01||registry.example.com"s);
  expect_error(ErrorKind::network, "IPv6", [&] { get("http://[2001:db8::1]/", "socks4://" + proxy.host()); });
  code = 91;
  expect_error(ErrorKind::network, "it refuses (91)",
               [&] { get("http://registry.example.com/", "socks4a://" + proxy.host()); });
}

TEST_F(ProxyTunnelTest, Hostile170_ConnectByTlsToTheProxyAndBehindIt) {
  std::string asked;
  const auto handshake = [&](TunnelClient& client) {
    asked = client.hear_header();
    client.say("HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n");
    return true;
  };
  TunnelProxy plainly(secured_.host(), handshake);
  EXPECT_EQ(get("https://registry.example.com/", "http://me:secret@" + plainly.host()), "secured secured ");
  EXPECT_THAT(asked, testing::AllOf(testing::StartsWith("CONNECT registry.example.com:443 HTTP/1.1\r\n"),
                                    HasSubstr("\r\nHost: registry.example.com:443\r\n"),
                                    HasSubstr("\r\nProxy-Authorization: Basic bWU6c2VjcmV0\r\n")));
  TunnelProxy by_tls(secured_.host(), handshake, ServerTls{authority_.issue(for_loopback())});
  EXPECT_EQ(get("https://registry.example.com/", "https://" + by_tls.host()), "secured secured ");
  HttpServer direct(
      [](const Received& request) {
        return Answer{200, {}, request.target + ' '};
      },
      ServerTls{authority_.issue(for_loopback())});
  EXPECT_EQ(get("http://registry.example.com/x", "https://" + direct.host()),
            "http://registry.example.com/x http://registry.example.com/x ");
}

TEST_F(ProxyTunnelTest, Hostile188_AProxysCertificateIsCheckedToo) {
  TestAuthority nobodys("Nobody's Authority");
  TunnelProxy proxy(
      secured_.host(), [](TunnelClient&) { return false; }, ServerTls{nobodys.issue(for_loopback())});
  expect_error(ErrorKind::network,
               "asking the proxy https://" + proxy.host() + " for registry.example.com: opening TLS",
               [&] { get("https://registry.example.com/", "https://" + proxy.host()); });
  // And the registry's behind it is not the proxy's.
  TunnelProxy honest(plain_.host(), [](TunnelClient& client) {
    client.hear_header();
    client.say("HTTP/1.0 200 OK\r\n\r\n");
    return true;
  });
  expect_error(ErrorKind::network, "opening TLS with registry.example.com",
               [&] { get("https://registry.example.com/", "http://" + honest.host()); });
}

TEST_F(ProxyTunnelTest, Hostile170_WhatIsNoProxyOfTheKind) {
  TunnelProxy ssh(plain_.host(), [](TunnelClient& client) {
    client.say("SSH-2.0-OpenSSH_9.2\r\n");
    return client.hear(1000).empty();
  });
  for (const char* scheme : {"http", "socks4a", "socks5h"})
    expect_error(ErrorKind::network, "it is no proxy of",
                 [&] { get("https://registry.example.com/", scheme + ("://" + ssh.host())); });
  TunnelProxy closing(plain_.host(), [](TunnelClient&) { return false; });
  for (const char* scheme : {"http", "socks4a", "socks5h"})
    expect_error(ErrorKind::network, "asking the proxy",
                 [&] { get("https://registry.example.com/", scheme + ("://" + closing.host())); });
  TunnelProxy talking(plain_.host(), [](TunnelClient& client) {
    client.hear_header();
    client.say("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n");
    return true;
  });
  expect_error(ErrorKind::network, "asking the proxy http://" + talking.host(),
               [&] { get("https://registry.example.com/", "http://" + talking.host()); });
}

}  // namespace
}  // namespace whittle::test
