// Proxies: which hosts are reached through one, and what is said when it refuses (hostile.md, 170).
#include "registry/proxies.hpp"

#include <cstdlib>

#include "registry/http_transport.hpp"
#include "tests/support/fake_registry.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using registry::Proxies;
using registry::ProxyVariables;
using registry::Url;
using testing::HasSubstr;
using testing::Not;

// What a URL is reached through; "" for nothing.
std::string way(const ProxyVariables& variables, const std::string& url) {
  const Proxies proxies(variables);
  const auto* proxy = proxies.find(Url::parse(url));
  if (proxy == nullptr) return {};
  const auto login = proxy->user + (proxy->password.empty() ? "" : ':' + proxy->password);
  return proxy->scheme + "://" + login + (login.empty() ? "" : "@") + proxy->host + ':' +
         std::to_string(proxy->port);
}

TEST(Proxies, Hostile170_TheSchemeDecides) {
  const ProxyVariables both{.http = "http://plain:1", .https = "secure:2", .all = "socks5h://all"};
  EXPECT_EQ(way(both, "http://example.com/"), "http://plain:1");
  EXPECT_EQ(way(both, "https://example.com/"), "http://secure:2");
  EXPECT_EQ(way({.https = "http://u:p%40@secure/"}, "https://example.com/"), "http://u:p@@secure:80");
  EXPECT_EQ(way({.all = "socks5h://all"}, "http://example.com/"), "socks5h://all:1080");
  EXPECT_EQ(way({.https = "x"}, "http://example.com/"), "");
  EXPECT_EQ(way({}, "https://example.com/"), "");
}

TEST(Proxies, Hostile170_LoopbackIsReachedDirectly) {
  for (const char* url :
       {"http://localhost:5000/", "http://127.0.0.1/", "http://[::1]:1/", "http://a.localhost/"})
    EXPECT_EQ(way({.http = "p:1"}, url), "") << url;
}

TEST(Proxies, Hostile170_FormsOfNoProxy) {
  struct Case {
    const char* none;
    const char* url;
    bool direct;
  };
  static constexpr std::array<Case, 30> cases = {{
      {"*", "https://example.com/", true},
      {"example.com", "https://example.com/", true},
      {"EXAMPLE.com", "https://Example.COM/", true},
      {"example.com", "https://registry.example.com/", true},
      {"example.com", "https://badexample.com/", false},
      {"example.com", "https://example.com.evil.test/", false},
      {".example.com", "https://registry.example.com/", true},
      {".example.com", "https://example.com/", true},
      {"*.example.com", "https://registry.example.com/", true},
      {"example.com.", "https://example.com/", true},
      {"example.com:5000", "https://example.com:5000/", true},
      {"example.com:5000", "https://example.com/", false},
      {"example.com:443", "https://example.com/", true},
      {"a.test, example.com ,b.test", "https://example.com/", true},
      {"a.test example.com", "https://example.com/", true},
      {"10.0.0.0/8", "https://10.200.3.4/", true},
      {"10.0.0.0/8", "https://11.0.0.1/", false},
      {"10.1.2.0/23", "https://10.1.3.255/", true},
      {"10.1.2.0/23", "https://10.1.4.0/", false},
      {"10.1.2.3", "https://10.1.2.3:5000/", true},
      {"10.1.2.3:5000", "https://10.1.2.3/", false},
      {"2001:db8::/32", "https://[2001:db8:1::1]/", true},
      {"2001:db8::/32", "https://[2001:db9::1]/", false},
      {"2001:db8::1", "https://[2001:db8:0::1]/", true},
      {"[2001:db8::1]:5000", "https://[2001:db8::1]:5000/", true},
      {"[2001:db8::1]:5000", "https://[2001:db8::1]/", false},
      {"10.0.0.0/33", "https://10.0.0.0/", false},
      {"example.com/8", "https://example.com/", false},
      {":5000", "https://example.com:5000/", false},
      {".,,:,/,[", "https://example.com/", false},
  }};
  for (const auto& one : cases)
    EXPECT_EQ(way({.https = "p:1", .none = one.none}, one.url).empty(), one.direct)
        << one.none << ' ' << one.url;
}

TEST(Proxies, Hostile170_WhatIsNoProxyIsNotRepeated) {
  for (const char* bad : {"ftp://canary@p:1", "http://u:canary@", "http://u:canary@p:port",
                          "http://u:ca nary@p", "http://canary/path", "http://u:canary\r\n@p", "://canary"}) {
    const auto error = expect_error(ErrorKind::usage, "https_proxy", [&] { Proxies({.https = bad}); });
    EXPECT_THAT(error.message(), Not(HasSubstr("canary"))) << bad;
  }
}

// A proxy is a server of HTTP, so one that is scripted can stand for it.
class ThroughAProxy : public testing::Test {
 protected:
  std::string get(const std::string& url, const std::string& login = {}) {
    registry::TransportOptions options;
    const auto proxy = "http://" + login + server_.host();
    options.proxies = Proxies({.http = proxy, .https = proxy});
    registry::HttpTransport transport(options, {});
    auto response = transport.send({"GET", Url::parse(url)});
    return read_all(*response.body, 1000, "an answer");
  }
  Answer answer_{200, {}, "from the proxy"};
  HttpServer server_{[this](const Received&) { return answer_; }};
};

TEST_F(ThroughAProxy, Hostile170_GetsRequestsAndItsLogin) {
  EXPECT_EQ(get("http://registry.example.com/v2/", "me:s%40crets@"), "from the proxy");
  ASSERT_EQ(server_.log(), std::vector<std::string>{"GET http://registry.example.com/v2/"});
  EXPECT_EQ(server_.requests()[0].header("proxy-authorization"), "Basic bWU6c0BjcmV0cw==");
}

TEST_F(ThroughAProxy, Hostile170_ADemandForALoginIsItsOwn) {
  answer_ = {407, {{"Proxy-Authenticate", "Basic realm=p"}}};
  for (const char* url : {"http://registry.example.com/v2/", "https://registry.example.com/v2/"}) {
    const auto error = expect_error(ErrorKind::auth, "asking the proxy http://" + server_.host() + " for",
                                    [&] { get(url, "me:canary@"); });
    EXPECT_THAT(error.message(), testing::AllOf(HasSubstr("407"), Not(HasSubstr("canary")))) << url;
    EXPECT_THAT(error.hints(), testing::Contains(HasSubstr("https_proxy=http://USER:PASSWORD@")));
  }
}

TEST_F(ThroughAProxy, Hostile170_ARefusalIsNotTheRegistrys) {
  answer_ = {403};
  expect_error(ErrorKind::network,
               "asking the proxy http://" + server_.host() + " for registry.example.com: it answered 403",
               [&] { get("https://registry.example.com/v2/"); });
}

TEST_F(ThroughAProxy, Hostile170_ThatIsDown) {
  std::string gone;
  {
    const HttpServer server([](const Received&) { return Answer{}; });
    gone = server.host();
  }
  registry::TransportOptions options;
  options.proxies = Proxies({.https = "http://me:canary@" + gone});
  registry::HttpTransport transport(options, {});
  const auto error =
      expect_error(ErrorKind::network, "asking the proxy http://" + gone + " for registry.example.com", [&] {
        transport.send({"GET", Url::parse("https://registry.example.com/")});
      });
  EXPECT_THAT(error.message(), Not(HasSubstr("canary")));
}

// Neither the environment nor files of curl's decide anything here.
TEST_F(ThroughAProxy, Hostile193_TheEnvironmentAndCurlsFilesAreNotRead) {
  const TemporaryFolder home(std::filesystem::temp_directory_path());
  write_file(home.path() / ".netrc", "default login canary password canary\n",
             AtomicFile::Durability::content, 0600);
  write_file(home.path() / ".curlrc", "user-agent = canary\n", AtomicFile::Durability::content, 0600);
  const std::map<std::string, std::string> variables = {{"HOME", home.path()},
                                                        {"NETRC", home.path() / ".netrc"},
                                                        {"http_proxy", "http://127.0.0.1:1"},
                                                        {"all_proxy", "http://127.0.0.1:1"},
                                                        {"no_proxy", "registry.example.com"}};
  std::map<std::string, std::optional<std::string>> before;
  for (const auto& [name, value] : variables) {
    const char* const old = std::getenv(name.c_str());
    before[name] = old == nullptr ? std::nullopt : std::optional<std::string>(old);
    ::setenv(name.c_str(), value.c_str(), 1);
  }
  EXPECT_EQ(get("http://registry.example.com/v2/"), "from the proxy");
  for (const auto& [name, value] : before)
    value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
  ASSERT_EQ(server_.requests().size(), 1U);
  EXPECT_EQ(server_.requests()[0].header("authorization"), "");
  EXPECT_EQ(server_.requests()[0].header("user-agent"), "whittle");
}

}  // namespace
}  // namespace whittle::test
