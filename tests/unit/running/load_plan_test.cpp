#include "running/load_plan.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "common/file.hpp"
#include "tests/support/failure.hpp"

namespace whittle::running {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using namespace std::chrono_literals;

TEST(LoadPlan, ReadsStages) {
  const auto stages = parse_stages("50/s:30s,0.5/s:1500ms,2000/s:2m");
  ASSERT_THAT(stages, SizeIs(3));
  EXPECT_EQ(stages[0].rate, 50);
  EXPECT_EQ(stages[0].duration, 30s);
  EXPECT_EQ(stages[0].requests(), 1500U);
  EXPECT_EQ(stages[1].requests(), 0U);
  EXPECT_EQ(stages[2].duration, 2min);
  for (const auto* text : {"", "50", "50/s", "50/s:", "50:30s", "x/s:30s", "-1/s:3s", "0/s:3s", "50/s:0s",
                           "50/s:3x", "9999999/s:1s", "1e400/s:1s", "50/s:1000h"})
    EXPECT_THAT(test::failure([&] { parse_stages(text); }), HasSubstr("usage")) << text;
}

TEST(LoadPlan, OnlyTheContainersLoopback) {
  for (const auto* text : {"http://localhost:8080/a?b=c", "http://127.0.0.1/", "http://127.3.2.1:1/",
                           "http://[::1]:80/", "http://LOCALHOST:8080"})
    EXPECT_EQ(test::failure([&] { LocalUrl::parse(text); }), "no error") << text;
  for (const auto* text :
       {"http://example.com/", "http://127.0.0.1.example.com/", "http://10.0.0.1/", "http://[::2]/",
        "http://0.0.0.0/", "http://localhost.example.com/", "http://169.254.169.254/latest"})
    EXPECT_THAT(test::failure([&] { LocalUrl::parse(text); }), HasSubstr("is not in the container")) << text;
  EXPECT_THAT(test::failure([] { LocalUrl::parse("https://localhost/"); }), HasSubstr("asks for TLS"));
  EXPECT_THAT(test::failure([] { LocalUrl::parse("http://localhost:0/"); }), HasSubstr("has no proper port"));
  EXPECT_THAT(test::failure([] { LocalUrl::parse("ftp://localhost/"); }), HasSubstr("usage"));
  const auto url = LocalUrl::parse("http://localhost:8080/a?b=c");
  EXPECT_EQ(url.target, "/a?b=c");
  EXPECT_EQ(url.port, 8080);
}

class LoadFileTest : public testing::Test {
 protected:
  std::string read(const std::string& text) {
    std::ofstream(folder_.path() / "load") << text;
    return test::failure([&] { plan_ = read_load("load", folder_.path()); });
  }
  TemporaryFolder folder_{testing::TempDir()};
  LoadPlan plan_;
};

TEST_F(LoadFileTest, ReadsRequestsWithTheirBodies) {
  std::ofstream(folder_.path() / "body") << "{}";
  EXPECT_EQ(read("# a comment\n\nGET http://localhost:8080/a\r\nPOST  http://localhost:8080/b  body\nPOST "
                 "http://localhost:8080/c\nHEAD http://127.0.0.1:8080/\n"),
            "no error");
  ASSERT_THAT(plan_.requests, SizeIs(4));
  EXPECT_THAT(plan_.requests[0].bytes, testing::StartsWith("GET /a HTTP/1.1\r\nHost: localhost:8080\r\n"));
  EXPECT_THAT(plan_.requests[0].bytes, testing::EndsWith("\r\n\r\n"));
  EXPECT_THAT(plan_.requests[1].bytes, testing::EndsWith("Content-Length: 2\r\n\r\n{}"));
  EXPECT_THAT(plan_.requests[2].bytes, testing::EndsWith("Content-Length: 0\r\n\r\n"));
  EXPECT_TRUE(plan_.requests[3].to_head);
}

TEST_F(LoadFileTest, NamesTheLineThatIsWrong) {
  EXPECT_THAT(read("GET http://localhost/\nFETCH http://localhost/\n"),
              HasSubstr("load:2: \"FETCH\" is no method"));
  EXPECT_THAT(read("GET http://example.com/\n"),
              HasSubstr("load:1: \"http://example.com/\" is not in the container"));
  EXPECT_THAT(read("GET http://localhost:1/\nGET http://localhost:2/\n"),
              HasSubstr("load:2: goes to localhost:2"));
  EXPECT_THAT(read("GET\n"), HasSubstr("load:1: is no request"));
  EXPECT_THAT(read("# nothing\n"), HasSubstr("names no requests"));
  EXPECT_THAT(read("POST http://localhost/ absent\n"), HasSubstr("not-found"));
}

}  // namespace
}  // namespace whittle::running
