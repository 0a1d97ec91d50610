#include "registry/web_client.hpp"

#include <fmt/format.h>

#include <atomic>

#include "registry/http_transport.hpp"
#include "registry/registry_error.hpp"
#include "registry/retrying_transport.hpp"
#include "tests/support/http_server.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using registry::HttpTransport;
using registry::Retries;
using registry::RetryingTransport;
using registry::RetryPolicy;
using registry::WebClient;
using registry::WebFile;

class WebClientTest : public testing::Test {
 protected:
  // What the file is; "absent" when there is none.
  std::string fetch(const std::string& url, const WebFile& file = {"the file"}) {
    const auto source = client_.open(url, file);
    return source ? read_all(*source, 64U << 20U, "it") : "absent";
  }
  Answer answer(const Received& request) {
    if (request.target == "/file") return {200, {{"ETag", "\"1\""}}, content_};
    if (request.target == "/moved") return {302, {{"Location", other_.url("/file")}}};
    if (request.target == "/login") return {200, {{"Content-Type", "text/html; charset=utf-8"}}, "<html>"};
    if (request.target == "/secret") return {403, {}, "no"};
    if (request.target == "/busy") return {++asked_ < 3 ? 503 : 200, {}, "at last"};
    if (request.target != "/large") return {request.target == "/gone" ? 410 : 404};
    const auto range = request.header("range");
    Answer part{200, {{"ETag", changed_ && !range.empty() ? "\"2\"" : "\"1\""}}, large_};
    if (!range.empty() && !changed_) {
      const auto from = std::stoul(range.substr(6));
      const auto field = fmt::format("bytes {}-{}/{}", from, large_.size() - 1, large_.size());
      part = Answer{206, {{"Content-Range", field}}, large_.substr(from)};
    }
    if (range.empty() || part.body.size() > 2'000'000) part.cut_after = 1'500'000;
    if (range.empty() || !changed_) return part;
    return Answer{200, {{"ETag", "\"2\""}}, std::string(large_.size(), 'n')};
  }
  const std::string content_ = "what is in it";
  const std::string large_ = std::string(5U << 20U, 'o');
  bool changed_ = false;
  std::atomic<int> asked_ = 0;
  HttpServer other_{[this](const Received& request) { return answer(request); }};
  HttpServer server_{[this](const Received& request) { return answer(request); }};
  SilentReporter reporter_;
  HttpTransport connections_{{}, {}};
  Retries retries_{RetryPolicy{.wait = RetryPolicy::Time(1)}, reporter_, {}};
  RetryingTransport transport_{connections_, retries_};
  WebClient client_{transport_, retries_};
};

TEST_F(WebClientTest, AFileIsThereOrIsNot) {
  EXPECT_EQ(fetch(server_.url("/file")), content_);
  EXPECT_EQ(fetch(server_.url("/none")), "absent");
  EXPECT_EQ(fetch(server_.url("/gone")), "absent");
  EXPECT_EQ(fetch(server_.url("/moved")), content_);
  EXPECT_EQ(fetch(server_.url("/busy")), "at last");
}

TEST_F(WebClientTest, ItHasTheSizeThatIsExpected) {
  EXPECT_EQ(fetch(server_.url("/file"), {"the file", content_.size()}), content_);
  expect_error(ErrorKind::integrity, "has at least 13 bytes, expected are 5", [&] {
    fetch(server_.url("/file"), {"the file", 5});
  });
  expect_error(ErrorKind::integrity, "13 bytes, stated are 50", [&] {
    fetch(server_.url("/file"), {"the file", 50});
  });
  expect_error(ErrorKind::limit, "has more than 5 bytes",
               [&] { fetch(server_.url("/file"), {.what = "the file", .limit = 5}); });
}

TEST_F(WebClientTest, TheSizeIsAskedForWithoutTheFile) {
  const auto size = [&](const std::string& url) { return client_.size(url, {"the file"}); };
  EXPECT_EQ(size(server_.url("/file")), content_.size());
  EXPECT_EQ(size(server_.url("/moved")), content_.size());
  EXPECT_EQ(size(server_.url("/none")), std::nullopt);
  EXPECT_THAT(server_.requests(), testing::Each(testing::Field(&test::Received::method, "HEAD")));
}

TEST_F(WebClientTest, ACutIsResumedUnlessTheFileChanged) {
  EXPECT_EQ(fetch(server_.url("/large")), large_);
  EXPECT_THAT(server_.requests().at(1).header("range"), testing::StartsWith("bytes="));
  EXPECT_EQ(server_.requests().at(1).header("if-range"), "\"1\"");
  changed_ = true;
  // What came first stays; whoever reads it finds by its digest that it is neither.
  EXPECT_EQ(fetch(server_.url("/large")).size(), large_.size());
}

TEST_F(WebClientTest, APageIsNoFile) {
  const auto error =
      expect_error(ErrorKind::registry, "fetching the file: GET", [&] { fetch(server_.url("/login")); });
  EXPECT_THAT(error.message(), testing::HasSubstr("a web page instead of a file"));
  EXPECT_EQ(fetch(server_.url("/login"), {.what = "the page", .may_be_html = true}), "<html>");
}

TEST_F(WebClientTest, CredentialsGoToTheirOriginAloneAndAreNotShown) {
  auto url = server_.url("/moved");
  url.insert(url.find("//") + 2, "us%65r:canary@");
  EXPECT_EQ(fetch(url), content_);
  EXPECT_EQ(server_.requests().at(0).header("authorization"), "Basic dXNlcjpjYW5hcnk=");
  EXPECT_EQ(other_.requests().at(0).header("authorization"), "");
  url.replace(url.find("/moved"), 6, "/secret");
  const auto refused = expect_error(ErrorKind::auth, "403", [&] { fetch(url); });
  EXPECT_THAT(refused.message(), testing::Not(testing::HasSubstr("canary")));
  const auto plain = expect_error(ErrorKind::auth, "http://***@mirror.example.com/file",
                                  [&] { fetch("http://user:canary@mirror.example.com/file?canary"); });
  EXPECT_THAT(plain.message(), testing::Not(testing::HasSubstr("canary")));
}

TEST_F(WebClientTest, AFolderOfThisMachineServesToo) {
  const TemporaryFolder folder(std::filesystem::temp_directory_path());
  write_file(folder.path() / "a b", "local", AtomicFile::Durability::content);
  const auto url = "file://" + folder.path().string();
  EXPECT_EQ(fetch(url + "/a%20b"), "local");
  EXPECT_EQ(fetch(url + "/none"), "absent");
  expect_error(ErrorKind::registry, "an absolute path", [&] { fetch("file://relative/file"); });
  expect_error(ErrorKind::registry, "per cent sign", [&] { fetch(url + "/%4"); });
  expect_error(ErrorKind::io, "directory", [&] { fetch(url); });
}

}  // namespace
}  // namespace whittle::test
