#include "toolchains/go_import.hpp"

#include "tests/unit/toolchains/helpers.hpp"

namespace whittle::toolchains {
namespace {

std::string proxy(std::string_view html) {
  return proxy_of(read_go_imports(html), "golang.org/toolchain").value_or("none");
}

TEST(GoImport, FindsTheProxyOfAModule) {
  EXPECT_EQ(proxy("<!DOCTYPE html><html><head>\n<meta name=\"go-import\" content=\"golang.org/toolchain mod "
                  "https://example.com/dl/mod\">\n</head>"),
            "https://example.com/dl/mod");
  EXPECT_EQ(proxy("<META content='golang.org  mod\thttps://example.com/a?b&amp;c' NAME=go-import />"),
            "https://example.com/a?b&c");
}

TEST(GoImport, LooksAtTheHeadAlone) {
  const std::string tag =
      "<meta name=\"go-import\" content=\"golang.org/toolchain mod https://example.com\">";
  EXPECT_EQ(proxy("<head></head>" + tag), "none");
  EXPECT_EQ(proxy("<body>" + tag), "none");
  EXPECT_EQ(proxy("<!-- " + tag + " -->"), "none");
  EXPECT_EQ(proxy("<script>if (a<b) x = '" + tag + "';</script>"), "none");
  EXPECT_EQ(proxy("<title>a > b</title>" + tag), "https://example.com");
}

TEST(GoImport, OtherTagsDoNotCount) {
  EXPECT_EQ(proxy("<meta name=\"go-import\" content=\"golang.org/toolchain git https://example.com\">"),
            "none");
  EXPECT_EQ(proxy("<meta name=\"go-import\" content=\"golang.org/tool mod https://example.com\">"), "none");
  EXPECT_EQ(proxy("<meta name=\"go-import\" content=\"golang.org/toolchain mod\">"), "none");
  EXPECT_EQ(proxy("<meta name=\"go-source\" content=\"golang.org/toolchain mod https://example.com\">"),
            "none");
  EXPECT_EQ(proxy("<meta name=\"go-import"), "none");
}

}  // namespace
}  // namespace whittle::toolchains
