#include "registry/connect_rules.hpp"

#include "registry/registry_error.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using registry::ConnectRules;
using registry::Url;

TEST(ConnectRules, Hostile191_PlainHttpIsForLoopback) {
  const ConnectRules rules({"plain.example:5000", "other.example"});
  for (const std::string host : {"localhost", "localhost:5000", "a.localhost", "127.0.0.1:80", "127.255.0.1",
                                 "[::1]:5000", "plain.example:5000", "other.example", "other.example:81"})
    EXPECT_EQ(rules.base_of(host).scheme, "http") << host;
  for (const std::string host :
       {"10.0.0.1", "192.168.0.1:5000", "registry.local", "localhost.evil.com", "127.0.0.1.nip.io", "0x7f.1",
        "127.1", "2130706433", "0177.0.0.1", "127.0.0.01", ".localhost", "plain.example",
        "plain.example:5001", "[::2]", "[::ffff:127.0.0.1]"})
    EXPECT_EQ(rules.base_of(host).scheme, "https") << host;
}

TEST(ConnectRules, KnowsDockersRegistry) {
  EXPECT_EQ(ConnectRules({}).base_of("docker.io").text(), "https://registry-1.docker.io/");
  EXPECT_EQ(ConnectRules({}).base_of("Example.com").text(), "https://example.com/");
}

TEST(ConnectRules, Hostile163_RefusesWorseWays) {
  const ConnectRules rules({});
  const auto check = [&](const char* from, const char* to) {
    rules.check(Url::parse(from), Url::parse(to), "the redirect");
  };
  check("https://a/", "https://b/");
  check("https://a/", "https://93.184.216.34/");
  check("http://127.0.0.1:1/", "http://localhost:2/");
  check("https://10.0.0.1/", "https://10.0.0.1:444/");
  expect_error(ErrorKind::registry, "leave TLS", [&] { check("https://a/", "http://a/"); });
  expect_error(ErrorKind::registry, "leave TLS", [&] { check("https://a/", "http://localhost/"); });
  expect_error(ErrorKind::registry, "plain http", [&] { check("http://localhost/", "http://a/"); });
  for (const auto* to :
       {"https://10.0.0.1/", "https://127.0.0.1/", "https://169.254.169.254/latest", "https://[fe80::1]/",
        "https://[::ffff:10.0.0.1]/", "https://0x7f.1/", "https://2130706433/", "https://172.31.0.1/",
        "https://192.168.1.1/", "https://0.0.0.0/", "https://[fd00::1]/", "https://[::]/", "https://127.1/"})
    expect_error(ErrorKind::registry, "private address", [&] { check("https://a/", to); });
}

TEST(ConnectRules, Hostile175_RealmsThatMayHaveCredentials) {
  const ConnectRules rules({"plain.example"}, {"trusted.example.net", "ported.example.net:444"});
  struct Case {
    const char* base;
    const char* realm;
    bool trusted;
  };
  for (const auto& one :
       std::vector<Case>{{"https://registry-1.docker.io/", "https://auth.docker.io/token", true},
                         {"https://a.example.co.uk/", "https://b.example.co.uk/", true},
                         {"https://a.example.co.uk/", "https://b.other.co.uk/", false},
                         {"https://me.github.io/", "https://you.github.io/", false},
                         {"https://a.example.com/", "https://a.example.com:444/", true},
                         {"https://a.example.com/", "https://example.com.evil.net/", false},
                         {"https://a.example.com/", "https://evilexample.com/", false},
                         {"https://a.example.com/", "https://auth.example.com./", false},
                         {"https://a.example.com/", "https://AUTH.example.com/", false},
                         {"https://a.example.com/", "http://a.example.com/", false},
                         {"https://plain.example/", "http://plain.example/", false},
                         {"https://registry/", "https://auth/", false},
                         {"https://10.0.0.1/", "https://10.0.0.2/", false},
                         {"https://[2001:db8::1]/", "https://[2001:db8::2]/", false},
                         {"http://127.0.0.1:1/", "http://127.0.0.1:2/", true},
                         {"http://127.0.0.1:1/", "http://localhost:1/", false},
                         {"https://a.example.com/", "https://trusted.example.net:1/", true},
                         {"https://a.example.com/", "http://trusted.example.net/", false},
                         {"https://a.example.com/", "https://ported.example.net:444/", true},
                         {"https://a.example.com/", "https://ported.example.net/", false}})
    EXPECT_EQ(rules.trusts_realm(Url::parse(one.base), Url::parse(one.realm)), one.trusted)
        << one.base << ' ' << one.realm;
}

}  // namespace
}  // namespace whittle::test
