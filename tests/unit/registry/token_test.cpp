#include "registry/token.hpp"

#include <atomic>
#include <thread>

#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using registry::parse_token;
using registry::RegistryError;
using registry::Token;
using registry::TokenCache;
using namespace std::chrono_literals;

const std::chrono::steady_clock::time_point now{};

TEST(Token, Hostile176_ReadsEveryAnswer) {
  EXPECT_EQ(parse_token(R"({"token":"a"})", now, "it").text, "a");
  EXPECT_EQ(parse_token(R"({"access_token":"b"})", now, "it").text, "b");
  EXPECT_EQ(parse_token(R"({"access_token":"b","token":"a"})", now, "it").text, "a");
  EXPECT_EQ(parse_token(R"({"access_token":"b","token":null})", now, "it").text, "b");
  EXPECT_EQ(parse_token(R"({"access_token":"b","token":""})", now, "it").text, "b");
  const auto life = [](const std::string& value) {
    return parse_token(R"({"token":"a","issued_at":"junk","expires_in":)" + value + "}", now, "it").expires -
           now;
  };
  for (const auto* shortest : {"0", "-5", "30", "\"text\"", "null", "[]", "60"})
    EXPECT_EQ(life(shortest), 50s) << shortest;
  EXPECT_EQ(parse_token(R"({"token":"a"})", now, "it").expires - now, 50s);
  EXPECT_EQ(life("300"), 290s);
  EXPECT_EQ(life("1000000000000"), 24h - 10s);
  EXPECT_EQ(life("1e300"), 24h - 10s);
  for (const auto* bad : {"", "<html>", "{}", "[]", "\"x\"", R"({"token":1})", R"({"token":"a b"})",
                          R"({"token":"a\r\nX: y"})", R"({"token":""})"})
    expect_error(ErrorKind::auth, "it", [&] { parse_token(bad, now, "it"); });
}

TEST(TokenCache, Hostile180_OneExchangeForAll) {
  TokenCache cache;
  std::atomic<int> exchanges = 0;
  const auto fetch = [&] {
    ++exchanges;
    std::this_thread::sleep_for(50ms);
    return Token{"t" + std::to_string(exchanges), std::chrono::steady_clock::now() + 1h};
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < 32; ++i) threads.emplace_back([&] { EXPECT_EQ(cache.get("scope", "", fetch), "t1"); });
  threads.clear();
  EXPECT_EQ(exchanges, 1);
  EXPECT_EQ(cache.get("other", "", fetch), "t2");
  EXPECT_EQ(cache.get("scope", "t1", fetch), "t3");
  EXPECT_EQ(cache.get("scope", "t1", fetch), "t3");  // somebody else has renewed it already
}

TEST(TokenCache, Hostile180_AFailureIsForgotten) {
  TokenCache cache;
  std::atomic<int> exchanges = 0;
  const auto fail = [&]() -> Token {
    ++exchanges;
    std::this_thread::sleep_for(50ms);
    throw RegistryError(ErrorKind::auth, "no", {.status = 401});
  };
  std::atomic<int> failures = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 16; ++i)
    threads.emplace_back([&] {
      try {
        cache.get("scope", "", fail);
      } catch (RegistryError& error) {
        error.context("doing " + std::string(100, 'x'));
        failures += error.status() == 401;
      }
    });
  threads.clear();
  EXPECT_EQ(failures, 16);
  EXPECT_LE(exchanges, 16);
  EXPECT_EQ(cache.get("scope", "",
                      [] {
                        return Token{"good", std::chrono::steady_clock::now() + 1h};
                      }),
            "good");
}

TEST(TokenCache, Hostile169_AnOldTokenIsRenewed) {
  TokenCache cache;
  EXPECT_EQ(cache.get("s", "", [] { return Token{"old", std::chrono::steady_clock::now() - 1s}; }), "old");
  EXPECT_EQ(cache.get("s", "", [] { return Token{"new", std::chrono::steady_clock::now() + 1h}; }), "new");
}

}  // namespace
}  // namespace whittle::test
