// Logins: a registry that challenges, its token service on another port, and an origin that must receive
// nothing.
#include <atomic>
#include <thread>

#include "common/base64.hpp"
#include "registry/registry_error.hpp"
#include "tests/support/fake_registry.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

class AuthenticationTest : public PlaceTest {
 protected:
  std::string place(const std::string& rest = ":1") const { return registry_.host() + "/shop/api" + rest; }
  void login(const std::string& user = "user", const std::string& password = "canary") {
    write_config(R"({"auths":{")" + registry_.host() + R"(":{"auth":")" +
                 base64_encoded(user + ':' + password) + R"("}}})");
  }
  void identity(const std::string& token) {
    write_config(R"({"auths":{")" + registry_.host() + R"(":{"identitytoken":")" + token + R"("}}})");
  }
  static std::string basic(const std::string& user = "user", const std::string& password = "canary") {
    return "Basic " + base64_encoded(user + ':' + password);
  }
  // The registry answers only requests whose Authorization is right.
  void challenge_with(const std::string& challenge, std::function<bool(const std::string&)> is_right) {
    registry_.decide(
        [challenge, is_right = std::move(is_right)](const Received& request) -> std::optional<Answer> {
          if (is_right(request.header("authorization"))) return std::nullopt;
          auto answer = refusal(401, "UNAUTHORIZED", "authentication required");
          if (!challenge.empty()) answer.headers.emplace_back("WWW-Authenticate", challenge);
          return answer;
        });
  }
  void demand_basic() {
    challenge_with("Basic realm=\"test\"", [](const std::string& value) { return value == basic(); });
  }
  void demand_token(const std::string& realm, const std::string& token = "token-1") {
    challenge_with("Bearer realm=\"" + realm + R"(",service="test",scope="repository:shop/api:pull")",
                   [token](const std::string& value) { return value == "Bearer " + token; });
  }
  std::string realm() const { return tokens_.url("/token"); }
  // The same server by a name that is another host.
  static std::string by_another_name(const HttpServer& server) {
    return "http://localhost" + server.host().substr(server.host().find(':')) + "/token";
  }
  void expect_no_canary(const Error& error) const {
    EXPECT_THAT(error.message(), testing::Not(testing::HasSubstr("canary")));
    EXPECT_THAT(error.message(), testing::Not(testing::HasSubstr(base64_encoded("user:canary"))));
    for (const auto& hint : error.hints()) EXPECT_THAT(hint, testing::Not(testing::HasSubstr("canary")));
  }

  MemoryImage image_ = make_image();
  FakeRegistry registry_;
  std::mutex mutex_;
  std::function<Answer(const Received&)> token_answer_ = [](const Received&) {
    return Answer{200, {}, R"({"token":"token-1","expires_in":300})"};
  };
  HttpServer tokens_{[this](const Received& request) {
    const std::lock_guard lock(mutex_);
    return token_answer_(request);
  }};
  HttpServer attacker_{[](const Received&) { return Answer{200, {}, R"({"token":"evil"})"}; }};
};

TEST_F(AuthenticationTest, BasicIsAskedForOnce) {
  demand_basic();
  login();
  const auto result = copy(image_, *destination(place("")), {"1"});
  EXPECT_EQ(result.blobs_sent, 3U);
  std::size_t without = 0;
  for (const auto& request : registry_.server().requests())
    without += request.header("authorization").empty() ? 1U : 0U;
  EXPECT_EQ(without, 1U);
  EXPECT_EQ(source(place())->root().digest, image_.root().digest);
}

TEST_F(AuthenticationTest, Hostile139_NoCredentialsSayWhereWasLooked) {
  demand_basic();
  const auto error = expect_error(ErrorKind::auth, "wants a login", [&] { source(place())->root(); });
  EXPECT_THAT(error.hints()[0],
              testing::AllOf(testing::HasSubstr("no credentials for " + registry_.host()),
                             testing::HasSubstr("config.json"), testing::HasSubstr("docker login")));
}

TEST_F(AuthenticationTest, Hostile178_WrongCredentialsEndIt) {
  demand_basic();
  login("user", "canary-wrong");
  const auto error = expect_error(ErrorKind::auth, "UNAUTHORIZED", [&] { source(place())->root(); });
  expect_no_canary(error);
  EXPECT_THAT(error.hints()[0], testing::HasSubstr("config.json"));
  EXPECT_EQ(registry_.server().requests().size(), 2U);
}

TEST_F(AuthenticationTest, Hostile182_ABrokenConfigIsNamed) {
  demand_basic();
  write_config("{broken");
  expect_error(ErrorKind::auth, "config.json", [&] { source(place())->root(); });
  // Nobody asks for a login: nobody reads the file.
  registry_.clear_faults();
  registry_.put_manifest("shop/api", "1", image_.root());
  source(place())->root();
}

TEST_F(AuthenticationTest, TokensAreFetchedAndKept) {
  demand_token(realm());
  login();
  copy(image_, *destination(place("")), {"1"});
  ASSERT_EQ(tokens_.requests().size(), 1U);
  EXPECT_EQ(tokens_.requests()[0].target, "/token?service=test&scope=repository%3Ashop%2Fapi%3Apull%2Cpush");
  EXPECT_EQ(tokens_.requests()[0].header("authorization"), basic());
  source(place())->root();
  EXPECT_EQ(tokens_.requests().size(), 2U);
  EXPECT_EQ(tokens_.requests()[1].target, "/token?service=test&scope=repository%3Ashop%2Fapi%3Apull");
}

TEST_F(AuthenticationTest, AnonymousTokensNeedNoCredentials) {
  registry_.put_manifest("shop/api", "1", image_.root());
  demand_token(realm());
  EXPECT_EQ(source(place())->root().digest, image_.root().digest);
  EXPECT_EQ(tokens_.requests()[0].header("authorization"), "");
}

TEST_F(AuthenticationTest, Hostile173_OtherSchemesAreNamed) {
  challenge_with("Negotiate, NTLM", [](const std::string&) { return false; });
  expect_error(ErrorKind::auth, R"("negotiate", "ntlm")", [&] { source(place())->root(); });
  challenge_with("Bearer service=\"no realm\", Basic realm=x",
                 [](const std::string& value) { return value == basic(); });
  login();
  registry_.put_manifest("shop/api", "1", image_.root());
  source(place())->root();
  challenge_with("", [](const std::string&) { return false; });
}

TEST_F(AuthenticationTest, Hostile194_TheEntrancesChallengeCounts) {
  registry_.put_manifest("shop/api", "1", image_.root());
  login();
  registry_.decide([](const Received& request) -> std::optional<Answer> {
    if (request.header("authorization") == basic()) return std::nullopt;
    auto answer = refusal(401, "UNAUTHORIZED", "authentication required");
    if (request.target == "/v2/") answer.headers.emplace_back("WWW-Authenticate", "Basic realm=x");
    return answer;
  });
  EXPECT_EQ(source(place())->root().digest, image_.root().digest);
}

TEST_F(AuthenticationTest, Hostile174_RealmsThatAreRefused) {
  login();
  for (const std::string bad :
       {"file:///etc/passwd", "http://user:canary@127.0.0.1/", "http://registry.example.com/token",
        "https://10.0.0.1/token", "https://169.254.169.254/token", "ftp://127.0.0.1/"}) {
    demand_token(bad);
    expect_no_canary(expect_error(ErrorKind::registry, "token service", [&] { source(place())->root(); }));
  }
  EXPECT_TRUE(tokens_.requests().empty());
  // A relative one is resolved against the registry.
  registry_.put_manifest("shop/api", "1", image_.root());
  registry_.decide([](const Received& request) -> std::optional<Answer> {
    if (request.target.starts_with("/auth/token")) return Answer{200, {}, R"({"token":"token-1"})"};
    if (request.header("authorization") == "Bearer token-1") return std::nullopt;
    return Answer{401, {{"WWW-Authenticate", R"(Bearer realm="/auth/token")"}}};
  });
  source(place())->root();
}

TEST_F(AuthenticationTest, Hostile175_AForeignRealmGetsNoCredentials) {
  login();
  demand_token(by_another_name(attacker_));
  const auto error = expect_error(ErrorKind::auth, "401", [&] { source(place())->root(); });
  ASSERT_FALSE(attacker_.requests().empty());
  for (const auto& request : attacker_.requests()) EXPECT_EQ(request.header("authorization"), "");
  EXPECT_THAT(error.hints()[0], testing::AllOf(testing::HasSubstr("were not sent to localhost:"),
                                               testing::HasSubstr("--allow-realm localhost:")));
  expect_no_canary(error);
}

TEST_F(AuthenticationTest, Hostile175_ARedirectingTokenServiceLosesThem) {
  login();
  demand_token(realm(), "evil");
  registry_.put_manifest("shop/api", "1", image_.root());
  token_answer_ = [this](const Received&) { return Answer{307, {{"Location", by_another_name(attacker_)}}}; };
  source(place())->root();
  EXPECT_EQ(tokens_.requests()[0].header("authorization"), basic());
  EXPECT_EQ(attacker_.requests()[0].header("authorization"), "");
}

TEST_F(AuthenticationTest, Hostile176_AnswersOfTokenServices) {
  login();
  demand_token(realm());
  const auto fail = [&](Answer answer, ErrorKind kind, const std::string& part) {
    token_answer_ = [answer = std::move(answer)](const Received&) { return answer; };
    const auto error = expect_error(kind, part, [&] { source(place())->root(); });
    expect_no_canary(error);
    return error;
  };
  fail({200, {}, "<html>"}, ErrorKind::auth, "token answer");
  fail({200, {}, "{}"}, ErrorKind::auth, "no token");
  fail({200, {}, R"({"token":")" + std::string(10U << 20U, 'x') + "\"}"}, ErrorKind::auth, "limit of 65536");
  fail({404, {}, "nothing here"}, ErrorKind::auth, "404");
  fail({503, {}, "later"}, ErrorKind::registry, "503");
  const auto refused = fail({401, {}, R"({"details":"incorrect username or password"})"}, ErrorKind::auth,
                            "incorrect username or password");
  EXPECT_FALSE(refused.hints().empty());
}

TEST_F(AuthenticationTest, Hostile177_ATokenWithFewerRights) {
  registry_.put_manifest("shop/api", "1", image_.root());
  // First it asks for what it gets, then for more, and is content with that.
  token_answer_ = [](const Received& request) {
    const bool more = request.target.find("special") != std::string::npos;
    return Answer{
        200, {}, more ? R"({"token":"more","expires_in":300})" : R"({"token":"less","expires_in":300})"};
  };
  std::atomic<bool> content = true;
  registry_.decide([&](const Received& request) -> std::optional<Answer> {
    const auto value = request.header("authorization");
    if (content && value == "Bearer more") return std::nullopt;
    const std::string scope = value.empty() ? "repository:shop/api:pull" : "repository:shop/api:pull,special";
    auto answer = refusal(401, "UNAUTHORIZED", "insufficient scope");
    answer.headers.emplace_back("WWW-Authenticate",
                                "Bearer realm=\"" + realm() + "\",scope=\"" + scope + '"');
    return answer;
  });
  source(place())->root();
  EXPECT_EQ(tokens_.requests().size(), 2U);
  // The next request knows what is needed.
  source(place())->root();
  EXPECT_EQ(tokens_.requests().size(), 2U);
  content = false;
  expect_error(ErrorKind::auth, "insufficient scope", [&] { source(place())->root(); });
  EXPECT_LE(tokens_.requests().size(), 4U);
}

TEST_F(AuthenticationTest, Hostile178_TheSameChallengeAfterAFreshToken) {
  challenge_with("Bearer realm=\"" + realm() + R"(",scope="repository:shop/api:pull")",
                 [](const std::string&) { return false; });
  expect_error(ErrorKind::auth, "authentication required", [&] { source(place())->root(); });
  EXPECT_EQ(registry_.server().requests().size(), 2U);
  EXPECT_EQ(tokens_.requests().size(), 1U);
}

TEST_F(AuthenticationTest, Hostile138_AnOldTokenIsRenewed) {
  registry_.put_manifest("shop/api", "1", image_.root());
  std::atomic<int> valid = 1;
  std::atomic<int> given = 0;
  token_answer_ = [&](const Received&) {
    return Answer{200, {}, R"({"token":"token-)" + std::to_string(++given) + R"(","expires_in":300})"};
  };
  registry_.decide([&](const Received& request) -> std::optional<Answer> {
    if (request.header("authorization") == "Bearer token-" + std::to_string(valid)) return std::nullopt;
    return Answer{401, {{"WWW-Authenticate", "Bearer realm=\"" + realm() + '"'}}};
  });
  const auto from = source(place());
  from->root();
  valid = 2;  // the first token is revoked
  from->root();
  EXPECT_EQ(given, 2);
}

TEST_F(AuthenticationTest, Hostile180_ManyWorkersOneExchange) {
  const auto manifest = layers::parse_manifest(image_.root(), "m");
  copy(image_, *destination(place("")), {"1"});
  demand_token(realm());
  token_answer_ = [](const Received&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return Answer{200, {}, R"({"token":"token-1","expires_in":300})"};
  };
  const auto from = source(place());
  std::vector<std::jthread> threads;
  for (int i = 0; i < 32; ++i)
    threads.emplace_back([&] { EXPECT_EQ(from->root().digest, image_.root().digest); });
  threads.clear();
  EXPECT_EQ(tokens_.requests().size(), 1U);
}

TEST_F(AuthenticationTest, Hostile142_AnUploadElsewhereGetsNoAuthorization) {
  demand_basic();
  login();
  std::atomic<int> received = 0;
  HttpServer storage([&](const Received&) {
    ++received;
    return Answer{201};
  });
  jobs_ = 1;
  registry_.decide([&](const Received& request) -> std::optional<Answer> {
    if (request.header("authorization") != basic())
      return Answer{401, {{"WWW-Authenticate", "Basic realm=x"}}};
    if (request.method == "POST") return Answer{202, {{"Location", storage.url("/upload?sig=x")}}};
    if (request.method == "PUT") return Answer{201};
    return std::nullopt;
  });
  copy(image_, *destination(place("")), {"1"});
  EXPECT_EQ(received, 3);
  for (const auto& request : storage.requests()) {
    EXPECT_EQ(request.header("authorization"), "");
    EXPECT_THAT(request.target, testing::StartsWith("/upload?sig=x&digest=sha256%3A"));
  }
}

TEST_F(AuthenticationTest, Hostile142_AChallengeFromElsewhereIsNotAnswered) {
  demand_basic();
  login();
  HttpServer storage([](const Received&) { return Answer{401, {{"WWW-Authenticate", "Basic realm=x"}}}; });
  registry_.decide([&](const Received& request) -> std::optional<Answer> {
    if (request.method == "GET") return Answer{307, {{"Location", storage.url("/x")}}};
    return std::nullopt;
  });
  const auto error = expect_error(ErrorKind::auth, storage.host(), [&] { source(place())->root(); });
  expect_no_canary(error);
  ASSERT_EQ(storage.requests().size(), 1U);
  EXPECT_EQ(storage.requests()[0].header("authorization"), "");
}

TEST_F(AuthenticationTest, Hostile192_PlainHttpBeyondLoopbackGetsNoCredentials) {
  // Decided without a connection: such a host cannot be had in a test.
  demand_token("http://registry.example.com/token");
  login();
  expect_error(ErrorKind::registry, "plain http", [&] { source(place())->root(); });
}

TEST_F(AuthenticationTest, Hostile179_AnIdentityTokenAloneIsExplained) {
  demand_basic();
  identity("canary");
  const auto error = expect_error(ErrorKind::auth, "wants a login", [&] { source(place())->root(); });
  EXPECT_THAT(error.hints()[0], testing::HasSubstr("takes passwords only"));
  expect_no_canary(error);
}

TEST_F(AuthenticationTest, Hostile179_AnIdentityTokenIsExchangedByPost) {
  registry_.put_manifest("shop/api", "1", image_.root());
  identity("canary/1+");
  demand_token(realm());
  source(place())->root();
  ASSERT_EQ(tokens_.log(), std::vector<std::string>{"POST /token"});
  const auto request = tokens_.requests()[0];
  EXPECT_EQ(request.header("content-type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(request.header("authorization"), "");
  EXPECT_EQ(request.body,
            "grant_type=refresh_token&client_id=whittle&refresh_token=canary%2F1%2B&service=test"
            "&scope=repository%3Ashop%2Fapi%3Apull");
}

TEST_F(AuthenticationTest, Hostile179_WithoutOAuthTheTokenServiceIsAskedByGet) {
  registry_.put_manifest("shop/api", "1", image_.root());
  identity("canary");
  for (const int status : {400, 401, 404, 405}) {
    const auto token = "token-" + std::to_string(status);
    demand_token(realm(), token);
    token_answer_ = [&](const Received& request) {
      if (request.method == "POST") return Answer{status, {}, "no canary here"};
      return Answer{200, {}, R"({"token":")" + token + "\"}"};
    };
    source(place())->root();
    EXPECT_EQ(tokens_.requests().back().header("authorization"), basic("<token>", "canary")) << status;
  }
  token_answer_ = [](const Received&) { return Answer{403, {}, "{\"details\":\"bad canary\"}"}; };
  demand_token(realm(), "other");
  expect_no_canary(expect_error(ErrorKind::auth, "bad ***", [&] { source(place())->root(); }));
}

TEST_F(AuthenticationTest, Hostile179_ARenewedRefreshTokenIsUsedFromThenOn) {
  registry_.put_manifest("shop/api", "1", image_.root());
  identity("canary-1");
  std::atomic<int> given = 0;
  std::atomic<int> valid = 1;
  token_answer_ = [&](const Received&) {
    return Answer{200,
                  {},
                  R"({"access_token":"token-)" + std::to_string(++given) +
                      R"(","refresh_token":"canary-2","expires_in":300})"};
  };
  registry_.decide([&](const Received& request) -> std::optional<Answer> {
    if (request.header("authorization") == "Bearer token-" + std::to_string(valid)) return std::nullopt;
    return Answer{401, {{"WWW-Authenticate", "Bearer realm=\"" + realm() + '"'}}};
  });
  const auto from = source(place());
  from->root();
  valid = 2;
  from->root();
  ASSERT_EQ(tokens_.requests().size(), 2U);
  EXPECT_THAT(tokens_.requests()[0].body, testing::HasSubstr("refresh_token=canary-1"));
  EXPECT_THAT(tokens_.requests()[1].body, testing::HasSubstr("refresh_token=canary-2"));
}

TEST_F(AuthenticationTest, Hostile179_ARefreshTokenStaysWithItsRealm) {
  registry_.put_manifest("shop/api", "1", image_.root());
  identity("canary");
  demand_token(by_another_name(attacker_), "evil");
  source(place())->root();
  demand_token(realm());
  for (const int status : {302, 307, 308}) {
    token_answer_ = [this, status](const Received&) {
      return Answer{status, {{"Location", by_another_name(attacker_)}}};
    };
    expect_no_canary(
        expect_error(ErrorKind::registry, std::to_string(status), [&] { source(place())->root(); }));
  }
  for (const auto& request : attacker_.requests()) {
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.body + request.header("authorization"), "");
    EXPECT_THAT(request.target, testing::Not(testing::HasSubstr("canary")));
  }
}

TEST_F(AuthenticationTest, Hostile175_ARealmThatTheUserAllows) {
  registry_.put_manifest("shop/api", "1", image_.root());
  login();
  demand_token(by_another_name(tokens_));
  auto allowing = options();
  allowing.realms = {"localhost" + tokens_.host().substr(tokens_.host().find(':'))};
  registry::Access access(allowing, reporter_, {});
  access.source(registry::Place::parse(place()))->root();
  EXPECT_EQ(tokens_.requests()[0].header("authorization"), basic());
}

TEST_F(AuthenticationTest, Hostile184_AFailingHelperIsToldWhereALoginIsNeeded) {
  write_helper("x", "echo 'vault sealed' >&2; exit 1");
  write_config(R"({"credsStore":"x"})");
  demand_token(realm());
  registry_.put_manifest("shop/api", "1", image_.root());
  source(place())->root();  // what is public needs no credentials
  EXPECT_THAT(reporter_.lines(), testing::Contains(testing::HasSubstr("exit code 1: \"vault sealed\"")));
  demand_basic();
  const auto error = expect_error(ErrorKind::auth, "wants a login", [&] { source(place())->root(); });
  EXPECT_THAT(error.hints()[0], testing::HasSubstr("\"vault sealed\""));
}

}  // namespace
}  // namespace whittle::test
