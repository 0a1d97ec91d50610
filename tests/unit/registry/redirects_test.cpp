#include "registry/redirects.hpp"

#include "registry/http_transport.hpp"
#include "registry/registry_error.hpp"
#include "tests/support/http_server.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using registry::ConnectRules;
using registry::HttpTransport;
using registry::Request;
using registry::Response;
using registry::Url;

// Registry and another origin, on two ports.
class RedirectsTest : public testing::Test {
 protected:
  Response send(const std::string& method, const std::string& path, bool with_body = false) {
    Request request{method, Url::parse(here_.url(path))};
    request.authorization = "Basic canary";
    if (with_body) request.body = {[] { return std::make_unique<TextSource>("body"); }, 4};
    return registry::send_following(transport_, rules_, std::move(request));
  }
  Answer answer(const Received& request) {
    // /to/STATUS/TARGET redirects to what `target_` says.
    if (request.target.starts_with("/to/"))
      return {std::stoi(request.target.substr(4, 3)), {{"Location", target_}}, "moved"};
    if (request.target == "/loop") return {307, {{"Location", "/loop"}}};
    if (request.target.starts_with("/hops/")) {
      const int left = std::stoi(request.target.substr(6));
      return left == 0 ? Answer{200, {}, "there"} : Answer{302, {{"Location", std::to_string(left - 1)}}};
    }
    return {200, {}, request.method + ' ' + request.body};
  }
  std::string target_;
  HttpServer here_{[this](const Received& request) { return answer(request); }};
  HttpServer there_{[this](const Received& request) { return answer(request); }};
  HttpTransport transport_{{}, {}};
  ConnectRules rules_{{}};
};

TEST_F(RedirectsTest, Hostile163_TenHopsAndNoMore) {
  auto response = send("GET", "/hops/10");
  EXPECT_EQ(read_all(*response.body, 100, "body"), "there");
  expect_error(ErrorKind::registry, "more than 10 redirects", [&] { send("GET", "/hops/11"); });
  expect_error(ErrorKind::registry, "more than 10 redirects", [&] { send("GET", "/loop"); });
  EXPECT_EQ(here_.connections(), 1U);
}

TEST_F(RedirectsTest, Hostile163_MethodAndBodyAreKeptOrItIsAnError) {
  target_ = "/final";
  for (const auto* status : {"307", "308"}) {
    auto response = send("PUT", std::string("/to/") + status, true);
    EXPECT_EQ(read_all(*response.body, 100, "body"), "PUT body");
  }
  for (const auto* status : {"301", "302", "303"}) {
    expect_error(ErrorKind::registry, "turn PUT into GET",
                 [&] { send("PUT", std::string("/to/") + status, true); });
    auto response = send("GET", std::string("/to/") + status);
    EXPECT_EQ(read_all(*response.body, 100, "body"), "GET ");
    auto head = send("HEAD", std::string("/to/") + status);
    EXPECT_EQ(here_.requests().back().method, "HEAD");
  }
  // No Location: it is the answer.
  target_.clear();
  HttpServer bare([](const Received&) { return Answer{304}; });
  EXPECT_EQ(registry::send_following(transport_, rules_, {"GET", Url::parse(bare.url("/"))}).status, 304);
}

TEST_F(RedirectsTest, Hostile186_CredentialsStayAtTheirOrigin) {
  target_ = "/final";
  send("GET", "/to/302");
  EXPECT_EQ(here_.requests().back().header("authorization"), "Basic canary");
  target_ = there_.url("/final");
  send("GET", "/to/302");
  EXPECT_EQ(there_.requests().back().header("authorization"), "");
  // Not given back when the way leads home again.
  target_ = there_.url("/to/302");
  const auto home = here_.url("/final");
  HttpServer back([&](const Received&) { return Answer{302, {{"Location", home}}}; });
  target_ = back.url("/");
  send("GET", "/to/302");
  EXPECT_EQ(here_.requests().back().header("authorization"), "");
  // Another spelling of the host is another origin.
  target_ = "http://localhost" + here_.host().substr(here_.host().find(':')) + "/final";
  send("GET", "/to/302");
  EXPECT_EQ(here_.requests().back().header("authorization"), "");
}

TEST_F(RedirectsTest, Hostile163_RefusesBadTargets) {
  for (const auto* target : {"file:///etc/passwd", "http://registry.example.com/x", "https://10.0.0.1/x",
                             "ftp://127.0.0.1/", "http://user:canary@127.0.0.1/", "/a b"}) {
    target_ = target;
    const auto error =
        expect_error(ErrorKind::registry, "following a redirect", [&] { send("GET", "/to/302"); });
    EXPECT_THAT(error.message(), testing::Not(testing::HasSubstr("canary")));
  }
}

}  // namespace
}  // namespace whittle::test
