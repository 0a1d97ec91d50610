#include "registry/reference.hpp"

#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using registry::Reference;

const std::string hex(64, 'a');

TEST(Reference, ReadsWhatDockerReads) {
  struct Case {
    std::string text, host, repository, tag;
  };
  const std::vector<Case> cases = {
      {"alpine", "docker.io", "library/alpine", ""},
      {"alpine:3.19", "docker.io", "library/alpine", "3.19"},
      {"shop/api", "docker.io", "shop/api", ""},
      {"docker.io/alpine", "docker.io", "library/alpine", ""},
      {"index.docker.io/shop/api", "docker.io", "shop/api", ""},
      {"registry.example.com/shop/api:1.4", "registry.example.com", "shop/api", "1.4"},
      {"localhost/x", "localhost", "x", ""},
      {"localhost:5000/x:y", "localhost:5000", "x", "y"},
      {"Example/x", "Example", "x", ""},  // upper case makes it a host
      {"a.b/c/d/e:T_1.x-2", "a.b", "c/d/e", "T_1.x-2"},
      {"x.y:443/a__b.c-d---e/f_g", "x.y:443", "a__b.c-d---e/f_g", ""},
      {"foo:5000", "docker.io", "library/foo", "5000"},
      {"[::1]:5000/x", "[::1]:5000", "x", ""},
      {"[2001:db8::1]/x", "[2001:db8::1]", "x", ""},
  };
  for (const auto& one : cases) {
    const auto reference = Reference::parse(one.text);
    EXPECT_EQ(reference.host, one.host) << one.text;
    EXPECT_EQ(reference.repository, one.repository) << one.text;
    EXPECT_EQ(reference.tag, one.tag) << one.text;
    EXPECT_FALSE(reference.digest) << one.text;
    EXPECT_EQ(Reference::parse(reference.text()).text(), reference.text());
  }
}

TEST(Reference, HasATagAndADigest) {
  const auto reference = Reference::parse("a.b/c:1@sha256:" + hex);
  EXPECT_EQ(reference.tag, "1");
  EXPECT_EQ(reference.digest->text(), "sha256:" + hex);
  EXPECT_EQ(reference.text(), "a.b/c:1@sha256:" + hex);
  EXPECT_EQ(reference.name(), "a.b/c");
  EXPECT_TRUE(Reference::parse("a.b/c@sha512:" + hex + hex).digest);
}

TEST(Reference, Hostile022_RefusesWhatIsIllFormed) {
  struct Case {
    std::string text, why;
  };
  const std::vector<Case> cases = {
      {"", "empty"},
      {"a.b/Upper", "lower case"},
      {"UPPER", "lower case"},
      {"a.b/" + std::string(256, 'x'), "256 characters"},
      {"a.b/c:" + std::string(129, 'x'), "129 characters"},
      {"a.b/c@sha256:" + hex.substr(1), "not a digest"},
      {"a.b/c@sha256:" + std::string(64, 'A'), "not a digest"},
      {"a.b/c@md5:0123456789abcdef0123456789abcdef", "not a digest"},
      {"a.b/c@sha256:", "not a digest"},
      {"a.b:0/c", "port"},
      {"a.b:65536/c", "port"},
      {"a.b:/c", "port"},
      {"a.b:80x/c", "port"},
      {"::1/c", "brackets"},
      {"fe80::1:5000/c", "brackets"},
      {"[::1/c", "bracket"},
      {"[::1]x/c", "port"},
      {"[nope]/c", "repository"},
      {"a.b/c:", "empty"},
      {"a.b/c:.x", "character"},
      {"a.b/", "repository"},
      {"/a", "repository"},
      {"a.b//c", "repository"},
      {"a.b/c/", "repository"},
      {"a.b/../c", "repository"},
      {"a.b/-c", "repository"},
      {"a.b/c___d", "repository"},
      {"a.b/c..d", "repository"},
      {"a.b/c_", "repository"},
      {"-a.b/c", "host name"},
      {"a..b/c", "host name"},
      {"a_b.c/d", "host name"},
      {"https://a.b/c", "scheme"},
      {"a.b/c d", "repository"},
      {std::string("a.b/c\0d", 7), "repository"},
      {hex, "image ID"},
  };
  for (const auto& one : cases) {
    const auto error = expect_error(ErrorKind::usage, one.why, [&] { Reference::parse(one.text); });
    EXPECT_FALSE(error.hints().empty()) << one.text;
  }
}

TEST(Reference, Hostile022_NeverRepeatsAPassword) {
  for (const std::string text : {"user:canary@a.b/c", "https://user:canary@a.b/c", "user:canary@a.b/c:tag",
                                 "canary@a.b", "u:canary@h/c@sha256:12", "user:canary@a.b"}) {
    const auto error = expect_error(ErrorKind::usage, "", [&] { Reference::parse(text); });
    EXPECT_THAT(error.message(), testing::Not(testing::HasSubstr("canary"))) << text;
  }
}

TEST(Reference, Hostile110_KnowsTags) {
  EXPECT_TRUE(registry::is_tag("1.4"));
  EXPECT_TRUE(registry::is_tag("_x"));
  EXPECT_TRUE(registry::is_tag(std::string(128, 'x')));
  for (const std::string bad : {"", "-x", ".x", "a/b", "a:b", "a b", "a\n", "a%2f"})
    EXPECT_FALSE(registry::is_tag(bad));
}

}  // namespace
}  // namespace whittle::test
