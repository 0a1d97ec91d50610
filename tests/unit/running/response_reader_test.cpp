#include "running/response_reader.hpp"

#include <gmock/gmock.h>

namespace whittle::running {
namespace {

using State = ResponseReader::State;

// Feeds the text in pieces of that size; the state after all of it, or when it was complete.
State read(ResponseReader& reader, std::string_view text, std::size_t piece) {
  auto state = State::more;
  while (!text.empty() && state == State::more) {
    auto bytes = text.substr(0, piece);
    const auto before = bytes.size();
    state = reader.feed(bytes);
    text.remove_prefix(before - bytes.size());
  }
  return state;
}

struct Case {
  std::string text;
  int status;
  std::string body;
  bool keeps;
};

TEST(ResponseReader, ReadsEveryFormInPiecesOfAnySize) {
  const std::vector<Case> cases = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", true},
      {"HTTP/1.1 204 No Content\r\n\r\n", 204, "", true},
      {"HTTP/1.1 503 \r\nConnection: Close\r\ncontent-length: 0\r\n\r\n", 503, "", false},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: "
       "chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
       200, "abc0123456789", true},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx", 201, "x", true},
      {"HTTP/1.0 200 OK\nContent-Length: 2\n\nhi", 200, "hi", false},
      {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi", 200, "hi", true},
  };
  for (const auto& one : cases)
    for (std::size_t piece = 1; piece <= one.text.size(); ++piece) {
      ResponseReader reader;
      reader.begin(false, 100);
      ASSERT_EQ(read(reader, one.text, piece), State::complete) << one.text << piece;
      EXPECT_EQ(reader.status(), one.status);
      EXPECT_EQ(reader.body(), one.body);
      EXPECT_EQ(reader.keeps_connection(), one.keeps);
    }
}

TEST(ResponseReader, AHeadHasNoBody) {
  ResponseReader reader;
  reader.begin(true);
  EXPECT_EQ(read(reader, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", 7), State::complete);
}

TEST(ResponseReader, WithoutALengthTheConnectionEndsTheBody) {
  ResponseReader reader;
  reader.begin(false, 100);
  EXPECT_EQ(read(reader, "HTTP/1.1 200 OK\r\n\r\nto the end", 100), State::more);
  EXPECT_EQ(reader.end(), State::complete);
  EXPECT_EQ(reader.body(), "to the end");
  EXPECT_FALSE(reader.keeps_connection());
  reader.begin(false);
  EXPECT_EQ(read(reader, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", 100), State::more);
  EXPECT_EQ(reader.end(), State::broken);
}

TEST(ResponseReader, LeavesWhatComesBehind) {
  ResponseReader reader;
  reader.begin(false);
  std::string_view bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP";
  EXPECT_EQ(reader.feed(bytes), State::complete);
  EXPECT_EQ(bytes, "HTTP");
}

TEST(ResponseReader, RefusesWhatIsNoResponse) {
  for (const auto* text : {"SSH-2.0-x\r\n", "HTTP/1.1 20\r\n", "HTTP/1.1 abc OK\r\n",
                           "HTTP/1.1 200 OK\r\nno colon\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"}) {
    ResponseReader reader;
    reader.begin(false);
    EXPECT_EQ(read(reader, text, 3), State::broken) << text;
  }
  ResponseReader reader;
  reader.begin(false);
  EXPECT_EQ(read(reader, "HTTP/1.1 200 OK\r\n" + std::string(100'000, 'x'), 1000), State::broken);
  reader.begin(false, 4);
  EXPECT_EQ(read(reader, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 100), State::broken);
}

}  // namespace
}  // namespace whittle::running
