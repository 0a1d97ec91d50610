#include "registry/http_transport.hpp"

#include <thread>

#include "layers/compression.hpp"
#include "registry/registry_error.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/tunnel_proxy.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using namespace std::chrono_literals;
using registry::HttpTransport;
using registry::Request;
using registry::RequestBody;
using registry::Response;
using registry::TransportOptions;
using registry::Url;

class TransportTest : public testing::Test {
 protected:
  static TransportOptions options() {
    TransportOptions options;
    options.user_agent = "whittle/test";
    options.patience.first_byte = 300ms;
    options.patience.slow_window = 300ms;
    options.connect = 2s;
    return options;
  }
  // One request to a server that answers so.
  static std::string get(Answer answer, const std::string& method = "GET") {
    HttpServer server([&](const Received&) { return answer; });
    HttpTransport transport(options(), {});
    auto response = transport.send({method, Url::parse(server.url("/x"))});
    return std::to_string(response.status) + ' ' + read_all(*response.body, 1U << 30U, "body");
  }
  static RequestBody body(std::string text) {
    const auto size = text.size();
    return {[text = std::move(text)] { return std::make_unique<TextSource>(text); }, size};
  }
};

// Gives `size` bytes without holding them.
class Zeros final : public ByteSource {
 public:
  explicit Zeros(std::uint64_t size) : left_(size) {}
  std::size_t read(MutableBytes buffer) override {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer.size()));
    std::fill_n(buffer.begin(), count, std::byte{0});
    left_ -= count;
    return count;
  }

 private:
  std::uint64_t left_;
};

TEST_F(TransportTest, GetsABodyAndItsHeader) {
  HttpServer server([](const Received&) {
    return Answer{200, {{"X-One", "1"}, {"x-one", " 2 "}}, std::string(3'000'000, 'x')};
  });
  HttpTransport transport(options(), {});
  Request request{"GET", Url::parse(server.url("/a/../b?c=d"))};
  request.headers.add("Accept", "a/b");
  request.authorization = "Basic x";
  auto response = transport.send(request);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.find("X-ONE"), "1");
  EXPECT_THAT(response.headers.all("x-one"), testing::ElementsAre("1", "2"));
  EXPECT_EQ(read_all(*response.body, 4'000'000, "body").size(), 3'000'000U);
  const auto received = server.requests().at(0);
  EXPECT_EQ(received.target, "/b?c=d");
  EXPECT_EQ(received.header("accept"), "a/b");
  EXPECT_EQ(received.header("authorization"), "Basic x");
  EXPECT_EQ(received.header("accept-encoding"), "identity");
  EXPECT_EQ(received.header("user-agent"), "whittle/test");
  EXPECT_EQ(received.header("expect"), "");
}

TEST_F(TransportTest, SendsABodyThatCanBeSentAgain) {
  HttpServer server([](const Received&) { return Answer{201}; });
  HttpTransport transport(options(), {});
  const std::string text(1'500'000, 'y');
  for (const auto* method : {"PUT", "POST"}) {
    auto response = transport.send({method, Url::parse(server.url("/x")), {}, body(text)});
    EXPECT_EQ(response.status, 201);
    discard(response);
  }
  auto empty = transport.send({"POST", Url::parse(server.url("/x"))});
  discard(empty);
  auto nothing = transport.send({"PUT", Url::parse(server.url("/x")), {}, body("")});
  discard(nothing);
  EXPECT_EQ(server.requests()[0].body, text);
  EXPECT_EQ(server.requests()[1].body, text);
  EXPECT_EQ(server.requests()[2].method, "POST");
  EXPECT_EQ(server.requests()[2].header("content-length"), "0");
  EXPECT_EQ(server.requests()[3].header("content-length"), "0");
  EXPECT_EQ(server.connections(), 1U);
}

TEST_F(TransportTest, KeepsConnections) {
  HttpServer server([](const Received&) { return Answer{200, {}, "x"}; });
  HttpTransport transport(options(), {});
  for (const auto* method : {"GET", "HEAD", "PUT", "GET"}) {
    auto response = transport.send({method, Url::parse(server.url("/x"))});
    discard(response);
  }
  EXPECT_EQ(server.connections(), 1U);
  // A body that is given up costs its connection, and no more.
  transport.send({"GET", Url::parse(server.url("/x"))});
}

TEST_F(TransportTest, Hostile166_AClosedConnectionIsReplaced) {
  std::atomic<int> count = 0;
  HttpServer server([&](const Received& request) {
    // Answers, and closes without saying so; the next request on the connection goes nowhere.
    if (count++ == 0) return Answer{.raw = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"};
    return Answer{200, {}, request.body};
  });
  HttpTransport transport(options(), {});
  auto first = transport.send({"GET", Url::parse(server.url("/x"))});
  discard(first);
  std::this_thread::sleep_for(50ms);
  auto second = transport.send({"PUT", Url::parse(server.url("/x")), {}, body("hello")});
  EXPECT_EQ(read_all(*second.body, 100, "body"), "hello");
}

TEST_F(TransportTest, Hostile166_OldServers) {
  EXPECT_EQ(get({.raw = "HTTP/1.0 200 OK\r\n\r\nbody"}), "200 body");
  EXPECT_EQ(get({.raw = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"}),
            "200 body");
  EXPECT_EQ(
      get({.raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX: y\r\n\r\n"}),
      "200 body");
}

TEST_F(TransportTest, Hostile129_NamesHostAndStage) {
  HttpTransport transport(options(), {});
  std::string host;
  {
    const HttpServer gone([](const Received&) { return Answer{}; });
    host = gone.host();
  }
  expect_error(ErrorKind::network, "connecting to " + host, [&] {
    transport.send({"GET", Url::parse("http://" + host)});
  });
  HttpServer silent([](const Received&) { return Answer{.stall = 10s}; });
  const auto start = std::chrono::steady_clock::now();
  expect_error(ErrorKind::network, "waiting for an answer from " + silent.host(), [&] {
    transport.send({"GET", Url::parse(silent.url("/x"))});
  });
  EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
  HttpServer closing([](const Received&) { return Answer{.close_unanswered = true}; });
  expect_error(ErrorKind::network, closing.host(), [&] {
    transport.send({"GET", Url::parse(closing.url("/x"))});
  });
  HttpServer plain([](const Received&) { return Answer{}; });
  expect_error(ErrorKind::network, "opening TLS with " + plain.host(), [&] {
    transport.send({"GET", Url::parse("https://" + plain.host())});
  });
}

TEST_F(TransportTest, Hostile132_ABodyThatEndsEarly) {
  for (const std::size_t k : {0U, 1U, 100U, 99'999U})
    expect_error(ErrorKind::network, "receiving from",
                 [&] { get({.body = std::string(100'000, 'x'), .cut_after = k}); });
  expect_error(ErrorKind::network, "receiving from", [] { get({.body = "abc", .stated_length = 10}); });
  EXPECT_EQ(get({.body = "abcdef", .stated_length = 3}), "200 abc");
  EXPECT_EQ(get({.body = "abc", .without_length = true}), "200 abc");
}

TEST_F(TransportTest, Hostile133_EncodedThoughNotAsked) {
  expect_error(ErrorKind::registry, "encoded", [] { get({200, {{"Content-Encoding", "br-what"}}, "abc"}); });
  EXPECT_EQ(get({200, {{"Content-Encoding", "identity"}}, "abc"}), "200 abc");
}

TEST_F(TransportTest, Hostile133_EncodedByAKnownCoding) {
  std::string packed;
  struct Append final : ByteSink {
    explicit Append(std::string& to) : to_(to) {}
    void write(Bytes bytes) override { to_ += as_text(bytes); }
    std::string& to_;
  } sink(packed);
  for (const auto format : {layers::Compression::Format::gzip, layers::Compression::Format::zstd}) {
    packed.clear();
    const auto compressor = layers::make_compressor({format}, 1, sink);
    compressor->write(as_bytes("what was meant"));
    compressor->finish();
    const bool gzip = format == layers::Compression::Format::gzip;
    EXPECT_EQ(get({200, {{"Content-Encoding", gzip ? "GZIP" : "zstd"}}, packed}), "200 what was meant");
    // Nobody says that it is encoded: then it is what was asked for.
    EXPECT_EQ(get({200, {}, packed}), "200 " + packed);
  }
}

TEST_F(TransportTest, Hostile166_WhatIsSaidTwiceIsNotFollowedByAnything) {
  HttpServer server([](const Received& request) {
    if (request.target == "/clear") return Answer{200, {}, "clear"};
    if (request.target == "/twice")
      return Answer{200, {{"Transfer-Encoding", "chunked"}}, "4\r\nbody\r\n0\r\n\r\n"};
    return Answer{200, {{"Connection", "x, Close"}}, "last"};
  });
  HttpTransport transport(options(), {});
  const auto ask = [&](const std::string& path) {
    auto response = transport.send({"GET", Url::parse(server.url(path))});
    return read_all(*response.body, 100, "body");
  };
  EXPECT_EQ(ask("/clear") + ask("/clear"), "clearclear");
  EXPECT_EQ(server.connections(), 1U);
  EXPECT_EQ(ask("/twice") + ask("/twice"), "bodybody");
  EXPECT_EQ(server.connections(), 2U);
  EXPECT_EQ(ask("/last") + ask("/last"), "lastlast");
  EXPECT_EQ(server.connections(), 4U);
}

TEST_F(TransportTest, Hostile166_AnAnswerMayComeBeforeAllIsSent) {
  std::atomic<int> read = 0;
  // Reads nothing of the body, and closes.
  const TunnelProxy impatient("", [&](TunnelClient& client) {
    client.hear_header();
    ++read;
    client.say("HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nlong");
    return false;
  });
  HttpTransport transport(options(), {});
  const RequestBody large{[] { return std::make_unique<Zeros>(1U << 30U); }, 1U << 30U};
  auto response = transport.send({"PUT", Url::parse("http://" + impatient.host() + "/x"), {}, large});
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(read_all(*response.body, 100, "body"), "long");
  EXPECT_EQ(read, 1);
}

TEST_F(TransportTest, Hostile166_WhatMayDoHarmTwiceIsNotSentAgain) {
  std::atomic<int> asked = 0;
  // The second request on a connection is read, and the connection closed without an answer.
  const TunnelProxy closing("", [&](TunnelClient& client) {
    client.hear_header();
    client.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    if (!client.hear_header().empty()) ++asked;
    return false;
  });
  const auto url = Url::parse("http://" + closing.host() + "/x");
  HttpTransport transport(options(), {});
  const auto twice = [&](bool repeatable) {
    auto first = transport.send({"GET", url});
    Request second{"PATCH", url, {}, body("hello")};
    second.repeatable = repeatable;
    return transport.send(second).status;
  };
  EXPECT_EQ(twice(true), 200);
  EXPECT_EQ(asked, 1);
  expect_error(ErrorKind::network, closing.host(), [&] { twice(false); });
}

TEST_F(TransportTest, Hostile165_ADripIsGivenUp) {
  expect_error(ErrorKind::network, "bytes per second",
               [] { get({.body = std::string(1000, 'x'), .drip = 20ms}); });
}

TEST_F(TransportTest, AReaderMayTakeItsTime) {
  HttpServer server([](const Received&) { return Answer{200, {}, std::string(8'000'000, 'x')}; });
  HttpTransport transport(options(), {});
  auto response = transport.send({"GET", Url::parse(server.url("/x"))});
  std::vector<std::byte> buffer(64 * 1024);
  std::size_t total = 0;
  while (const auto count = response.body->read(buffer)) {
    if (total == 0) std::this_thread::sleep_for(700ms);
    total += count;
  }
  EXPECT_EQ(total, 8'000'000U);
}

TEST_F(TransportTest, Hostile167_HeadersOutOfBounds) {
  expect_error(ErrorKind::registry, "header", [] { get({200, {{"X", std::string(300'000, 'x')}}}); });
  expect_error(ErrorKind::registry, "header", [] {
    get({200, std::vector(10'000, std::pair<std::string, std::string>("X-Header", std::string(40, 'x')))});
  });
  expect_error(ErrorKind::registry, "two different lengths",
               [] { get({.raw = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"}); });
  expect_error(ErrorKind::registry, "line",
               [] { get({.raw = "HTTP/1.1 200 OK\r\nX: y\r\n folded\r\nContent-Length: 1\r\n\r\na"}); });
  expect_error(ErrorKind::registry, "not HTTP", [] { get({.raw = "SSH-2.0-OpenSSH_9.2\r\n"}); });
  expect_error(ErrorKind::registry, "its length is \"3, 3\"",
               [] { get({.raw = "HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\nabc"}); });
  expect_error(ErrorKind::registry, "it is sent as \"gzip, chunked\"",
               [] { get({.raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"}); });
}

TEST_F(TransportTest, Hostile225_AStopEndsItWithinASecond) {
  HttpServer server([](const Received& request) {
    if (request.target == "/silent") return Answer{.stall = 20s};
    return Answer{.body = std::string(100'000, 'x'), .drip = 1ms};
  });
  for (const auto* path : {"/silent", "/drip"}) {
    std::stop_source stop;
    TransportOptions patient;
    HttpTransport transport(patient, stop.get_token());
    std::jthread later([&] {
      std::this_thread::sleep_for(100ms);
      stop.request_stop();
    });
    const auto start = std::chrono::steady_clock::now();
    expect_error(ErrorKind::interrupted, "interrupted", [&] {
      auto response = transport.send({"GET", Url::parse(server.url(path))});
      read_all(*response.body, 1U << 20U, "body");
    });
    EXPECT_LT(std::chrono::steady_clock::now() - start, 1100ms);
  }
}

TEST_F(TransportTest, ABodysOwnErrorComesThrough) {
  HttpServer server([](const Received&) { return Answer{201}; });
  HttpTransport transport(options(), {});
  struct Failing final : ByteSource {
    std::size_t read(MutableBytes) override { throw Error(ErrorKind::io, "the disk is gone"); }
  };
  const RequestBody failing{[] { return std::make_unique<Failing>(); }, 10};
  expect_error(ErrorKind::io, "the disk is gone", [&] {
    transport.send({"PUT", Url::parse(server.url("/x")), {}, failing});
  });
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(TransportTest, ABodyIsProvedBeforeItsLastBytesLeave) {
  HttpServer server([](const Received&) { return Answer{201}; });
  HttpTransport transport(options(), {});
  const std::string text(1'000'000, 'x');
  const RequestBody wrong{[&] {
                            return std::make_unique<VerifiedSource>(std::make_unique<TextSource>(text),
                                                                    Digest::of("other"), text.size(),
                                                                    "the blob");
                          },
                          text.size()};
  expect_error(ErrorKind::integrity, "the blob", [&] {
    transport.send({"PUT", Url::parse(server.url("/x")), {}, wrong});
  });
  for (const std::uint64_t size : {text.size() - 1, text.size() + 1}) {
    const RequestBody other{[&] { return std::make_unique<TextSource>(text); }, size};
    expect_error(ErrorKind::integrity, "what is sent", [&] {
      transport.send({"PUT", Url::parse(server.url("/x")), {}, other});
    });
  }
  EXPECT_TRUE(server.requests().empty());
}

// The same program must hold a thousandth of what passes through it.
TEST_F(TransportTest, Hostile228_StreamsBothWays) {
  HttpServer server([](const Received& request) {
    return request.method == "GET" ? Answer{200, {}, std::string(64U << 20U, '\0')} : Answer{201};
  });
  HttpTransport transport(TransportOptions{}, {});
  auto response = transport.send({"GET", Url::parse(server.url("/x"))});
  CountingSink sink;
  pump(*response.body, sink);
  EXPECT_EQ(sink.count(), 64U << 20U);
  const RequestBody large{[] { return std::make_unique<Zeros>(64U << 20U); }, 64U << 20U};
  auto stored = transport.send({"PUT", Url::parse(server.url("/x")), {}, large});
  EXPECT_EQ(stored.status, 201);
  EXPECT_EQ(server.requests()[1].body.size(), 64U << 20U);
}

TEST_F(TransportTest, ServesManyThreads) {
  HttpServer server([](const Received& request) { return Answer{200, {}, request.target}; });
  HttpTransport transport(TransportOptions{}, {});
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 16; ++thread)
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 20; ++i) {
        const auto path = "/" + std::to_string(thread) + "/" + std::to_string(i);
        auto response = transport.send({"GET", Url::parse(server.url(path))});
        EXPECT_EQ(read_all(*response.body, 100, "body"), path);
      }
    });
  threads.clear();
  EXPECT_LE(server.connections(), 16U);
}

TEST_F(TransportTest, ABodyMayOutliveTheTransport) {
  HttpServer server([](const Received&) { return Answer{200, {}, std::string(2'000'000, 'x')}; });
  Response response;
  {
    HttpTransport transport(options(), {});
    response = transport.send({"GET", Url::parse(server.url("/x"))});
  }
  EXPECT_EQ(read_all(*response.body, 3'000'000, "body").size(), 2'000'000U);
}

TEST_F(TransportTest, Hostile193_NoCookiesAndNoRedirects) {
  HttpServer server([](const Received&) {
    return Answer{302, {{"Set-Cookie", "a=b"}, {"Location", "/y"}}, "x"};
  });
  HttpTransport transport(options(), {});
  for (int i = 0; i < 2; ++i) {
    auto response = transport.send({"GET", Url::parse(server.url("/x"))});
    EXPECT_EQ(response.status, 302);
    discard(response);
  }
  ASSERT_EQ(server.requests().size(), 2U);
  EXPECT_EQ(server.requests()[1].header("cookie"), "");
}

}  // namespace
}  // namespace whittle::test
