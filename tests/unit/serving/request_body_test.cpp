#include "serving/request_body.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "common/error.hpp"
#include "tests/support/failure.hpp"

namespace whittle::serving {
namespace {

using testing::StartsWith;

// A body whose bytes arrive `at_once` at a time.
struct Arriving {
  Arriving(bool is_chunked, std::uint64_t length, std::string text, std::size_t at_once)
      : rest(std::move(text)), piece(at_once) {
    request.is_chunked = is_chunked;
    request.length = length;
    request.has_body = is_chunked || length > 0;
  }
  std::string read() {
    RequestBody body(request, buffer, [this] {
      if (rest.empty()) throw Error(ErrorKind::network, "the client has gone");
      buffer += rest.substr(0, piece);
      rest.erase(0, std::min(piece, rest.size()));
    });
    auto text = read_all(body, 1U << 20U, "the body");
    EXPECT_TRUE(body.is_at_end());
    return text;
  }
  Request request = {};
  std::string rest;
  std::size_t piece;
  std::string buffer = {};
};

TEST(RequestBody, EndsWhereItSays) {
  for (const std::size_t piece : {1U, 3U, 100U}) {
    Arriving counted(false, 5, "helloGET /", piece);
    EXPECT_EQ(counted.read(), "hello");
    EXPECT_EQ(counted.buffer + counted.rest, "GET /");
    Arriving chunked(true, 0, "3\r\nhel\r\n0A;name=\"v\"\r\nlo, world!\r\n0\r\nTrailer: x\r\n\r\nGET /",
                     piece);
    EXPECT_EQ(chunked.read(), "hello, world!");
    EXPECT_EQ(chunked.buffer + chunked.rest, "GET /");
  }
  EXPECT_EQ(Arriving(false, 0, "GET /", 9).read(), "");
}

TEST(RequestBody, RefusesChunksThatAreNone) {
  const std::string long_line(2000, '0');
  for (const std::string text : {"x\r\n", "\r\n", "-1\r\nx\r\n", "1\r\nxy\r\n", "fffffffffffffffff\r\n",
                                 "1\nx\r\n0\r\n\r\n", long_line.c_str(), " 1\r\nx\r\n"})
    EXPECT_THAT(test::failure([&] { Arriving(true, 0, text, 7).read(); }), StartsWith("integrity: ")) << text;
  std::string trailer = "0\r\n";
  for (int i = 0; i < 1000; ++i) trailer += "Name: a field that nobody asked for\r\n";
  EXPECT_THAT(test::failure([&] { Arriving(true, 0, trailer, 1000).read(); }),
              testing::HasSubstr("too many fields"));
}

TEST(RequestBody, ThatIsCutIsNoBody) {
  EXPECT_THAT(test::failure([] { Arriving(false, 5, "hell", 9).read(); }), StartsWith("network: "));
  EXPECT_THAT(test::failure([] { Arriving(true, 0, "5\r\nhello\r\n", 9).read(); }), StartsWith("network: "));
}

}  // namespace
}  // namespace whittle::serving
