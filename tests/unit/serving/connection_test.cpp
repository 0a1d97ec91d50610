#include "serving/connection.hpp"

#include <gmock/gmock.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

namespace whittle::serving {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

// A client and the connection that it talks to, in a thread.
class ConnectionTest : public testing::Test {
 protected:
  void start(const ConnectionLimits& limits) {
    std::array<int, 2> pair{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
    client_ = Fd(pair[0]);
    thread_ = std::jthread([this, limits, fd = pair[1]] {
      Connection connection(Fd(fd), handler_, limits, stopped_.get());
      while (connection.serve_one([] {})) ++served_;
    });
  }
  void send(std::string_view text) const {
    ASSERT_EQ(::send(client_.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  std::string receive_all() const {
    std::string all;
    std::array<char, 4096> bytes{};
    for (ssize_t count = 0; (count = ::recv(client_.get(), bytes.data(), bytes.size(), 0)) > 0;)
      all.append(bytes.data(), static_cast<std::size_t>(count));
    return all;
  }

  Handler handler_ = [](const Request& request, ByteSource& body) {
    Answer answer;
    answer.text = request.path == "/large" ? std::string(64U << 20U, 'x') : request.path;
    if (request.path == "/echo") answer.text = read_all(body, 1000, "the body");
    return answer;
  };
  Fd stopped_{::eventfd(0, EFD_CLOEXEC)};
  Fd client_;
  std::atomic<int> served_ = 0;
  std::jthread thread_;
};

TEST_F(ConnectionTest, AnswersOneAfterAnotherAndHeadsWithoutABody) {
  start({});
  send("GET /a HTTP/1.1\r\n\r\nHEAD /bc HTTP/1.1\r\n\r\nGET /d HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(receive_all(),
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n/aHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n/d");
}

TEST_F(ConnectionTest, EndsForAHeadThatDoesNotArrive) {
  start({.head = 50ms});
  send("GET /a HTT");
  EXPECT_THAT(receive_all(), StartsWith("HTTP/1.1 408 "));
}

// What a client of insecure registries tries first: it goes on at once, and not when the time is over.
TEST_F(ConnectionTest, TellsTlsFromARequestThatIsSlow) {
  start({});
  send("\x16\x03\x01\x02");
  EXPECT_THAT(receive_all(), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ConnectionTest, EndsForAClientThatDoesNotTakeItsAnswer) {
  start({.window = 50ms, .per_window = 1U << 30U});
  send("GET /large HTTP/1.1\r\n\r\n");
  thread_.join();  // it would never end otherwise: nothing is read
  EXPECT_EQ(served_, 0);
}

TEST_F(ConnectionTest, EndsWhenIdleTooLongOrStopped) {
  start({.idle = 50ms});
  EXPECT_EQ(receive_all(), "");
  thread_.join();
  start({});
  const std::uint64_t one = 1;
  ASSERT_EQ(::write(stopped_.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
  EXPECT_EQ(receive_all(), "");
}

TEST_F(ConnectionTest, GoesOnBehindABodyThatWasRead) {
  start({});
  send(
      "PUT /echo HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcPOST /echo HTTP/1.1\r\nTransfer-Encoding: "
      "chunked\r\n\r\n"
      "2\r\nde\r\n0\r\n\r\nGET /a HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(receive_all(),
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nde"
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n/a");
}

TEST_F(ConnectionTest, SaysToWhomWaitsThatItReads) {
  start({});
  send("PUT /echo HTTP/1.1\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n");
  std::array<char, 25> go_on{};
  ASSERT_EQ(::recv(client_.get(), go_on.data(), go_on.size(), MSG_WAITALL), 25);
  EXPECT_EQ(std::string_view(go_on.data(), go_on.size()), "HTTP/1.1 100 Continue\r\n\r\n");
  send("ok");
  EXPECT_THAT(receive_all(), testing::EndsWith("\r\n\r\nok"));
}

TEST_F(ConnectionTest, WithABodyThatIsNotReadIsTheLastOne) {
  start({});
  send("PUT /a HTTP/1.1\r\nContent-Length: 20\r\n\r\nGET /b HTTP/1.1\r\n\r\n");
  const auto answers = receive_all();
  EXPECT_THAT(answers, HasSubstr("Connection: close"));
  EXPECT_THAT(answers, testing::Not(HasSubstr("/b")));
}

}  // namespace
}  // namespace whittle::serving
