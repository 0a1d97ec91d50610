// An origin that is not the registry, however its URL is spelt and however we are sent there, learns no
// secret: the matrix of hostile.md, 142, 175 and 186.
#include <fmt/format.h>

#include "common/base64.hpp"
#include "registry/client.hpp"
#include "registry/http_transport.hpp"
#include "tests/support/fake_registry.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

enum class Way { redirect, realm, location, link };
enum class Spelling { other_port, trailing_dot, upper_case, other_host };

std::string name_of_way(Way way) {
  switch (way) {
    case Way::redirect:
      return "Redirect";
    case Way::realm:
      return "Realm";
    case Way::location:
      return "Location";
    case Way::link:
      return "Link";
  }
  return "";
}
std::string name_of_spelling(Spelling spelling) {
  switch (spelling) {
    case Spelling::other_port:
      return "OtherPort";
    case Spelling::trailing_dot:
      return "TrailingDot";
    case Spelling::upper_case:
      return "UpperCase";
    case Spelling::other_host:
      return "OtherHost";
  }
  return "";
}

// Sends every request to an address that the test chooses, as if the names of its URLs led there; keeps what
// was sent where.
class Diverting final : public registry::Transport {
 public:
  explicit Diverting(registry::Transport& inner) : inner_(inner) {}
  registry::Response send(const registry::Request& request) override {
    auto diverted = request;
    const auto to = registry::Url::parse("http://" + targets.at(request.url.origin()) + "/");
    diverted.url.scheme = to.scheme;
    diverted.url.host = to.host;
    diverted.url.port = to.port;
    auto response = inner_.send(diverted);
    response.url = request.url;
    return response;
  }
  std::map<std::string, std::string> targets;  // from origin to host:port

 private:
  registry::Transport& inner_;
};

class AttackerTest : public PlaceTest, public testing::WithParamInterface<std::tuple<Way, Spelling>> {
 protected:
  static constexpr const char* registry_host = "registry.example.com";
  static std::string attacker_origin(Spelling spelling) {
    switch (spelling) {
      case Spelling::other_port:
        return "https://registry.example.com:8443";
      case Spelling::trailing_dot:
        return "https://registry.example.com.";
      case Spelling::upper_case:
        return "https://REGISTRY.example.com";
      case Spelling::other_host:
        return "https://registry.example.com.evil.net";
    }
    return "";
  }
};

TEST_P(AttackerTest, Hostile186_LearnsNothing) {
  const auto [way, spelling] = GetParam();
  const auto origin = attacker_origin(spelling);
  for (const bool bearer : {false, true}) {
    HttpServer attacker([](const Received&) { return Answer{200, {}, R"({"token":"evil","tags":[]})"}; });
    const auto authorization =
        bearer ? std::string("Bearer canary-token") : "Basic " + base64_encoded("user:canary");
    HttpServer server([&, way = way](const Received& request) -> Answer {
      if (request.target.starts_with("/token"))
        return {200, {{"Set-Cookie", "canary=1"}}, R"({"token":"canary-token"})"};
      if (request.header("authorization").empty()) {
        const auto realm = way == Way::realm ? origin + "/token" : "https://registry.example.com/token";
        return {401,
                {{"WWW-Authenticate",
                  bearer || way == Way::realm ? "Bearer realm=\"" + realm + '"' : "Basic realm=x"},
                 {"Set-Cookie", "canary=2; Domain=example.com"}}};
      }
      if (way == Way::realm) return {403};
      if (way == Way::redirect) return {307, {{"Location", origin + "/elsewhere"}}};
      if (way == Way::location) return {202, {{"Location", origin + "/upload"}}};
      return {200, {{"Link", "<" + origin + "/v2/x/tags/list?last=1>; rel=\"next\""}}, "{}"};
    });
    write_config(R"({"auths":{"registry.example.com":{"auth":")" + base64_encoded("user:canary") +
                 R"(","identitytoken":")" + (way == Way::realm && bearer ? "canary-identity" : "") +
                 R"("}}})");
    registry::HttpTransport curl({}, {});
    Diverting transport(curl);
    transport.targets = {{"https://registry.example.com:443", server.host()},
                         {"https://registry.example.com", server.host()},
                         {registry::Url::parse(origin + "/").origin(), attacker.host()}};
    const registry::ConnectRules rules({});
    registry::CredentialStore store({path() / "config.json"}, {}, reporter_, {});
    registry::Retries retries({.attempts = 1}, reporter_, {});
    registry::RegistryClient client(transport, retries, rules, store, reporter_, registry_host);
    const auto scopes = registry::Scopes::pull("x");
    const auto send = [&](const std::string& method, const registry::Url& url) {
      return client.send({method, url}, scopes, "x");
    };
    if (way == Way::location || way == Way::link) {
      auto response = send(way == Way::location ? "POST" : "GET", client.url("x/blobs/uploads/"));
      EXPECT_EQ(server.requests().back().header("authorization"), authorization);
      // Whoever follows a Link resolves it against its answer and sends it through the client, as a Location
      // is.
      const auto next = way == Way::location ? client.location_of(response, "the test")
                                             : response.url.resolve(origin + "/v2/x/tags/list?last=1");
      discard(response);
      auto answer = send(way == Way::location ? "PUT" : "GET", next);
      discard(answer);
    } else {
      auto response = send("GET", client.url("x/manifests/1"));
      discard(response);
    }
    if (way == Way::realm && spelling == Spelling::other_port) {
      // The rule for realms goes by the host: its other ports are its owner's, too.
      EXPECT_FALSE(attacker.requests().empty());
      continue;
    }
    ASSERT_FALSE(attacker.requests().empty());
    for (const auto& request : attacker.requests()) {
      EXPECT_EQ(request.header("authorization"), "");
      EXPECT_EQ(request.header("cookie"), "");
      EXPECT_EQ(request.header("referer"), "");
      EXPECT_THAT(request.target + request.body, testing::Not(testing::HasSubstr("canary")));
    }
    for (const auto& request : server.requests()) EXPECT_EQ(request.header("cookie"), "");
  }
}

INSTANTIATE_TEST_SUITE_P(Matrix, AttackerTest,
                         testing::Combine(testing::Values(Way::redirect, Way::realm, Way::location,
                                                          Way::link),
                                          testing::Values(Spelling::other_port, Spelling::trailing_dot,
                                                          Spelling::upper_case, Spelling::other_host)),
                         [](const auto& one) {
                           return name_of_way(std::get<0>(one.param)) +
                                  name_of_spelling(std::get<1>(one.param));
                         });

}  // namespace
}  // namespace whittle::test
