#include "registry/url.hpp"

#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using registry::Url;

TEST(Url, HasParts) {
  const auto url = Url::parse("HTTPS://Host.example:5000/a/./b/../c?x=%2F&y#fragment");
  EXPECT_EQ(url.text(), "https://Host.example:5000/a/c?x=%2F&y");
  EXPECT_EQ(url.origin(), "https://Host.example:5000");
  EXPECT_EQ(url.redacted(), "https://Host.example:5000/a/c?…");
  EXPECT_EQ(Url::parse("http://a").text(), "http://a/");
  EXPECT_EQ(Url::parse("http://a?q").text(), "http://a/?q");
  EXPECT_EQ(Url::parse("http://[::1]:80/x").origin(), Url::parse("http://[::1]/y").origin());
}

// RFC 3986, section 5.4.
TEST(Url, Hostile142_ResolvesByTheRulesOfUrls) {
  const auto base = Url::parse("http://a/b/c/d?q");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g/"},
      {"?y", "http://a/b/c/d?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"g#s", "http://a/b/c/g"},
      {"", "http://a/b/c/d?q"},
      {".", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"g/../h", "http://a/b/c/h"},
      {"g?y/../x", "http://a/b/c/g?y/../x"},
      {"https://h:1/x", "https://h:1/x"},
  };
  for (const auto& one : cases) EXPECT_EQ(base.resolve(one.first).text(), one.second) << one.first;
}

TEST(Url, Hostile142_RefusesWhatIsNone) {
  const auto base = Url::parse("https://a/b");
  for (const std::string& text :
       {std::string("file:///etc/passwd"), std::string("ftp://a/b"), std::string("localhost:5000/x"),
        std::string("https:///x"), std::string("https://u:p@a/x"), std::string("//u@a/x"),
        std::string("/a\r\nX: y"), std::string("/a b"), std::string("/a\\b"), std::string("/\xc3\xa4"),
        std::string("https://a:0/"), std::string("https://a:65536/"), std::string("https://a:/"),
        std::string("https://a%2eb/"), std::string("https://[::1/"), "/" + std::string(65536, 'x')})
    expect_error(ErrorKind::registry, "the URL", [&] { base.resolve(text); });
}

TEST(Url, Hostile187_KeepsSecretsOutOfMessages) {
  for (const std::string text :
       {"https://u:canary@a/x", "https://u:canary@a/x?sig=canary", "/a b?sig=canary"}) {
    const auto error = expect_error(ErrorKind::registry, "", [&] { Url::parse("https://a/").resolve(text); });
    EXPECT_THAT(error.message(), testing::Not(testing::HasSubstr("canary"))) << text;
  }
}

TEST(Url, Hostile144_AddsParametersOnce) {
  EXPECT_EQ(Url::parse("http://a/b").with_parameter("digest", "sha256:1").text(),
            "http://a/b?digest=sha256%3A1");
  EXPECT_EQ(Url::parse("http://a/b?s=a%2Fb").with_parameter("digest", "x").text(),
            "http://a/b?s=a%2Fb&digest=x");
  EXPECT_EQ(Url::parse("http://a/b?s=1&").with_parameter("digest", "x").text(), "http://a/b?s=1&digest=x");
  EXPECT_EQ(Url::parse("http://a/b?").with_parameter("digest", "x").text(), "http://a/b?digest=x");
}

}  // namespace
}  // namespace whittle::test
