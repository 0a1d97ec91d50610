#include "serving/request.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace whittle::serving {
namespace {

std::optional<Request> parsed(const std::string& lines) {
  return parse_request(lines + "\r\n\r\n");
}

TEST(Request, IsReadWithItsQueryAndFields) {
  const auto request =
      parsed("GET /v2/a%2Db/tags/list?n=2&last=x%20y&&z HTTP/1.1\r\nHost: a\r\nRANGE:  bytes=1-2 \r\nX: ");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, "GET");
  EXPECT_EQ(request->path, "/v2/a-b/tags/list");
  EXPECT_EQ(request->parameter("last"), "x y");
  EXPECT_EQ(request->parameter("z"), "");
  EXPECT_EQ(request->parameter("m"), std::nullopt);
  EXPECT_EQ(request->field("range"), "bytes=1-2");
  EXPECT_EQ(request->field("y"), "");
  EXPECT_TRUE(request->keeps_connection);
  EXPECT_FALSE(request->is_chunked);
  EXPECT_EQ(request->length, 0U);
}

TEST(Request, SaysWhetherMoreFollows) {
  EXPECT_FALSE(parsed("GET / HTTP/1.0")->keeps_connection);
  EXPECT_FALSE(parsed("GET / HTTP/1.1\r\nConnection: Close")->keeps_connection);
  EXPECT_TRUE(parsed("PUT / HTTP/1.1\r\nContent-Length: 1")->length == 1);
  EXPECT_TRUE(parsed("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked")->is_chunked);
  EXPECT_EQ(parsed("GET / HTTP/1.1\r\nContent-Length: 0")->length, 0U);
  EXPECT_EQ(parsed("PUT / HTTP/1.1\r\nContent-Length: 12")->length, 12U);
  EXPECT_FALSE(parsed("PUT / HTTP/1.1\r\nContent-Length: 12\r\nTransfer-Encoding: chunked"));
  EXPECT_FALSE(parsed("PUT / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked"));
  EXPECT_EQ(parsed("GET http://host:1/v2/ HTTP/1.1")->path, "/v2/");
}

TEST(Request, WhatTwoReadersCouldTakeForTwoThingsIsNone) {
  for (const std::string text :
       {"GET /", "GET / HTTP/2", "GET  HTTP/1.1", "GET /a b HTTP/1.1", "G(T / HTTP/1.1", "GET x HTTP/1.1",
        "GET / HTTP/1.1\r\nA : b", "GET / HTTP/1.1\r\n A: b", "GET / HTTP/1.1\r\nA",
        "GET / HTTP/1.1\r\nA: b\nC: d", "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2",
        "GET / HTTP/1.1\r\nContent-Length: -1", "GET / HTTP/1.1\r\nContent-Length: 1,1",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b", "GET /%0a HTTP/1.1", "GET /%4 HTTP/1.1",
        "GET /?a=%zz HTTP/1.1"})
    EXPECT_FALSE(parsed(text)) << text;
  EXPECT_FALSE(parse_request("GET / HTTP/1.1\r\n"));
  std::string fields;
  for (int i = 0; i < 101; ++i) fields += fmt::format("\r\nA{}: b", i);
  EXPECT_FALSE(parsed("GET / HTTP/1.1" + fields));
  EXPECT_FALSE(parsed("GET / HTTP/1.1\r\nA: " + std::string(longest_head, 'x')));
}

TEST(Request, OfARangeGivesWhatIsThere) {
  const auto text = [](std::string_view field, std::uint64_t size) {
    const auto answer = range_of(field, size);
    if (answer.kind == RangeAnswer::Kind::whole) return std::string("whole");
    if (answer.kind == RangeAnswer::Kind::unsatisfiable) return std::string("none");
    return fmt::format("{}+{}", answer.range.first, answer.range.count);
  };
  EXPECT_EQ(text("bytes=0-0", 10), "0+1");
  EXPECT_EQ(text("bytes=3-", 10), "3+7");
  EXPECT_EQ(text("bytes=3-100", 10), "3+7");
  EXPECT_EQ(text("bytes=-4", 10), "6+4");
  EXPECT_EQ(text("bytes=-40", 10), "0+10");
  EXPECT_EQ(text("bytes=10-", 10), "none");
  EXPECT_EQ(text("bytes=-0", 10), "none");
  EXPECT_EQ(text("bytes=0-", 0), "none");
  for (const auto* field : {"", "bytes", "bytes=", "bytes=a-b", "bytes=5-3", "bytes=0-1,3-4", "lines=0-1",
                            "bytes=99999999999999999999-", "bytes=--1"})
    EXPECT_EQ(text(field, 10), "whole") << field;
}

}  // namespace
}  // namespace whittle::serving
