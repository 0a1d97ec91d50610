#include "registry/docker_config.hpp"

#include <sys/stat.h>

#include "registry/base64.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using registry::base64_decoded;
using registry::base64_encoded;
using registry::CredentialLookup;
using registry::DockerConfig;

class DockerConfigTest : public PlaceTest {
 protected:
  CredentialLookup find(const std::string& host, const std::string& repository = "a/b") {
    DockerConfig config({path() / "absent.json", path() / "config.json"}, reporter_);
    return config.find(host, repository);
  }
  static std::string entry(const std::string& key, const std::string& user_and_password) {
    return '"' + key + R"(":{"auth":")" + base64_encoded(user_and_password) + R"("})";
  }
  void auths(const std::string& entries) { write_config(R"({"auths":{)" + entries + "}}"); }
  std::string found(const std::string& host, const std::string& repository = "a/b") {
    const auto lookup = find(host, repository);
    return lookup.credentials ? lookup.credentials->user + '|' + lookup.credentials->secret : "none";
  }
};

TEST(Base64, RoundTrips) {
  for (std::size_t size = 0; size < 70; ++size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(i * 37 + size);
    EXPECT_EQ(base64_decoded(base64_encoded(bytes)), bytes);
  }
  EXPECT_EQ(base64_encoded("user:pass"), "dXNlcjpwYXNz");
  EXPECT_EQ(base64_decoded("dXNl\ncjpw YXNz"), "user:pass");
  EXPECT_EQ(base64_decoded("dTpw"), "u:p");
  EXPECT_EQ(base64_decoded("dTo"), "u:");
  for (const auto* bad : {"d", "dX=z", "dX!z", "dXN_"}) EXPECT_FALSE(base64_decoded(bad)) << bad;
}

TEST_F(DockerConfigTest, Hostile182_AbsentIsAnonymous) {
  const auto lookup = find("a.b");
  EXPECT_FALSE(lookup.credentials);
  EXPECT_EQ(lookup.file, path() / "absent.json");
  DockerConfig nothing({}, reporter_);
  EXPECT_FALSE(nothing.find("a.b", "c").credentials);
}

TEST_F(DockerConfigTest, Hostile182_BrokenIsAnErrorThatNamesTheFile) {
  const std::string canary = base64_encoded("user:canary");
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), std::string(R"({"auths":[]})"),
        R"({"auths":{"a.b":{"auth":")" + canary + R"("}})",
        "{\"x\":\"" + std::string(2U << 20U, 'x') + "\"}"}) {
    write_config(text);
    const auto error = expect_error(ErrorKind::auth, "config.json", [&] { find("a.b"); });
    EXPECT_THAT(error.message(), testing::Not(testing::HasSubstr(canary)));
    EXPECT_FALSE(error.hints().empty());
  }
  std::filesystem::remove(path() / "config.json");
  std::filesystem::create_directory(path() / "config.json");
  expect_error(ErrorKind::auth, "config.json", [&] { find("a.b"); });
}

TEST_F(DockerConfigTest, Hostile182_WarnsOfLoosePermissions) {
  auths(entry("a.b", "u:p"));
  find("a.b");
  EXPECT_THAT(reporter_.lines(), testing::IsEmpty());
  ::chmod((path() / "config.json").c_str(), 0644);
  find("c.d");
  EXPECT_THAT(reporter_.lines(), testing::IsEmpty());
  find("a.b");
  EXPECT_THAT(reporter_.lines(), testing::ElementsAre(testing::HasSubstr("can be read by others")));
}

TEST_F(DockerConfigTest, Hostile181_DecodesAsDocumented) {
  auths(entry("a.a", "user:pa:ss") + ',' + entry("b.b", "user:") + ',' +
        entry("c.c", "us\xc3\xa9r:p\xc3\xa4ss") + ',' + entry("d.d", std::string("user:pass\0\0", 11)) +
        R"(,"e.e":{"auth":"dXNl\ncjpwYXNz"},"f.f":{},)" + R"("g.g":{"username":"u","password":"p"})");
  EXPECT_EQ(found("a.a"), "user|pa:ss");
  EXPECT_EQ(found("b.b"), "user|");
  EXPECT_EQ(found("c.c"), "us\xc3\xa9r|p\xc3\xa4ss");
  EXPECT_EQ(found("d.d"), "user|pass");
  EXPECT_EQ(found("e.e"), "user|pass");
  EXPECT_EQ(found("f.f"), "none");
  EXPECT_EQ(found("g.g"), "u|p");
  for (const std::string bad : {"canary!", "Y2FuYXJ5"}) {
    auths(R"("a.b":{"auth":")" + bad + R"("})");
    const auto error = expect_error(ErrorKind::auth, "\"a.b\"", [&] { find("a.b"); });
    EXPECT_THAT(error.message(), testing::Not(testing::HasSubstr(bad)));
  }
}

TEST_F(DockerConfigTest, Hostile183_KnowsTheSpellingsOfKeys) {
  for (const std::string key :
       {"docker.io", "index.docker.io", "registry-1.docker.io", "https://index.docker.io/v1/",
        "https://docker.io", "http://index.docker.io/v2/"}) {
    auths(entry(key, "u:p"));
    EXPECT_EQ(found("docker.io"), "u|p") << key;
  }
  for (const std::string key : {"a.b", "https://a.b", "a.b/v2/", "a.b/v1", "a.b:443", "https://a.b/", "A.B",
                                "a.b/ns", "a.b/ns/repo"}) {
    auths(entry(key, "u:p"));
    EXPECT_EQ(found("a.b", "ns/repo"), "u|p") << key;
    EXPECT_EQ(found("a.b:443", "ns/repo"), "u|p") << key;
    EXPECT_EQ(found("a.b:5000", "ns/repo"), "none") << key;
    EXPECT_EQ(found("x.a.b", "ns/repo"), "none") << key;
  }
  auths(entry("a.b", "u:host") + ',' + entry("a.b/ns", "u:ns") + ',' + entry("a.b/ns/repo", "u:repo") + ',' +
        entry("a.b:5000", "u:port"));
  EXPECT_EQ(found("a.b", "ns/repo"), "u|repo");
  EXPECT_EQ(found("a.b", "ns/repo/more"), "u|repo");
  EXPECT_EQ(found("a.b", "ns/repository"), "u|ns");
  EXPECT_EQ(found("a.b", "nsx"), "u|host");
  EXPECT_EQ(found("a.b:5000", "ns/repo"), "u|port");
}

TEST_F(DockerConfigTest, Hostile179_SaysThatIdentityTokensAreNotUsed) {
  write_config(R"({"auths":{"a.b":{"identitytoken":"canary"},"c.d":{"auth":")" +
               base64_encoded("<token>:canary") + R"("}}})");
  for (const auto* host : {"a.b", "c.d"}) {
    const auto lookup = find(host);
    EXPECT_FALSE(lookup.credentials);
    EXPECT_THAT(lookup.note, testing::HasSubstr("identity token"));
    EXPECT_THAT(lookup.note, testing::Not(testing::HasSubstr("canary")));
  }
}

TEST_F(DockerConfigTest, Hostile184_SaysThatHelpersAreNotAsked) {
  write_config(R"({"auths":{"a.b":{}},"credHelpers":{"a.b":"gcr"},"credsStore":"pass"})");
  EXPECT_THAT(find("a.b").note, testing::HasSubstr("\"gcr\""));
  EXPECT_THAT(find("c.d").note, testing::HasSubstr("\"pass\""));
}

}  // namespace
}  // namespace whittle::test
