#include "common/http_body.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "common/error.hpp"
#include "tests/support/failure.hpp"

namespace whittle {
namespace {

using testing::StartsWith;

// A body whose bytes arrive `at_once` at a time.
struct Arriving {
  Arriving(const HttpFraming& how, std::string text, std::size_t at_once)
      : framing(how), rest(std::move(text)), piece(at_once) {}
  std::string read() {
    HttpBody body(framing, buffer, [this](MutableBytes into) {
      const auto count = std::min({piece, rest.size(), into.size()});
      std::copy_n(as_bytes(rest).begin(), count, into.begin());
      rest.erase(0, count);
      return count;
    });
    auto text = read_all(body, 1U << 20U, "the body");
    EXPECT_TRUE(body.is_at_end());
    return text;
  }
  HttpFraming framing;
  std::string rest;
  std::size_t piece;
  std::string buffer = {};
};

constexpr HttpFraming by_length(std::uint64_t length) {
  return {HttpFraming::By::length, length};
}
constexpr HttpFraming by_chunks{HttpFraming::By::chunks};
constexpr HttpFraming by_the_end{HttpFraming::By::end_of_connection};

TEST(HttpBody, EndsWhereItSays) {
  for (const std::size_t piece : {1U, 3U, 100U}) {
    Arriving counted(by_length(5), "helloGET /", piece);
    EXPECT_EQ(counted.read(), "hello");
    EXPECT_EQ(counted.buffer + counted.rest, "GET /");
    Arriving chunked(by_chunks, "3\r\nhel\r\n0A;name=\"v\"\r\nlo, world!\r\n0\r\nTrailer: x\r\n\r\nGET /",
                     piece);
    EXPECT_EQ(chunked.read(), "hello, world!");
    EXPECT_EQ(chunked.buffer + chunked.rest, "GET /");
  }
  EXPECT_EQ(Arriving(by_length(0), "GET /", 9).read(), "");
  EXPECT_EQ(Arriving(by_the_end, "all of it", 2).read(), "all of it");
}

TEST(HttpBody, RefusesChunksThatAreNone) {
  const std::string long_line(2000, '0');
  for (const std::string text : {"x\r\n", "\r\n", "-1\r\nx\r\n", "1\r\nxy\r\n", "fffffffffffffffff\r\n",
                                 "1\nx\r\n0\r\n\r\n", long_line.c_str(), " 1\r\nx\r\n"})
    EXPECT_THAT(test::failure([&] { Arriving(by_chunks, text, 7).read(); }), StartsWith("integrity: "))
        << text;
  std::string trailer = "0\r\n";
  for (int i = 0; i < 1000; ++i) trailer += "Name: a field that nobody asked for\r\n";
  EXPECT_THAT(test::failure([&] { Arriving(by_chunks, trailer, 1000).read(); }),
              testing::HasSubstr("too many fields"));
}

TEST(HttpBody, ThatIsCutIsNoBody) {
  EXPECT_THAT(test::failure([] { Arriving(by_length(5), "hell", 9).read(); }), StartsWith("network: "));
  EXPECT_THAT(test::failure([] { Arriving(by_chunks, "5\r\nhello\r\n", 9).read(); }),
              StartsWith("network: "));
}

}  // namespace
}  // namespace whittle
