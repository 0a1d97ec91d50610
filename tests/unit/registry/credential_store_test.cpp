#include "registry/credential_store.hpp"

#include <sys/stat.h>

#include "common/base64.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using registry::CredentialLookup;
using registry::CredentialStore;

class CredentialStoreTest : public PlaceTest {
 protected:
  CredentialLookup find(const std::string& host, const std::string& repository = "a/b") {
    CredentialStore store({path() / "absent.json", path() / "config.json", path() / "auth.json"}, helpers_,
                          reporter_, {});
    return store.find(host, repository);
  }
  static std::string entry(const std::string& key, const std::string& user_and_password) {
    return '"' + key + R"(":{"auth":")" + base64_encoded(user_and_password) + R"("})";
  }
  void auths(const std::string& entries) { write_config(R"({"auths":{)" + entries + "}}"); }
  std::string found(const std::string& host, const std::string& repository = "a/b") {
    const auto lookup = find(host, repository);
    if (!lookup.credentials) return "none";
    const auto& found = *lookup.credentials;
    return found.user + '|' + found.secret + (found.identity_token.empty() ? "" : '|' + found.identity_token);
  }
  // The warnings, which must not hold what is secret.
  std::string warnings() const {
    std::string text;
    for (const auto& line : reporter_.lines())
      if (line.starts_with("warn")) text += line + '\n';
    EXPECT_THAT(text, testing::Not(testing::HasSubstr("canary")));
    return text;
  }
  registry::HelperOptions helpers_ = helpers();
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

TEST_F(CredentialStoreTest, Hostile182_AbsentIsAnonymous) {
  const auto lookup = find("a.b");
  EXPECT_FALSE(lookup.credentials);
  EXPECT_EQ(lookup.file, path() / "absent.json");
  CredentialStore nothing({}, {}, reporter_, {});
  EXPECT_FALSE(nothing.find("a.b", "c").credentials);
}

TEST_F(CredentialStoreTest, Hostile182_BrokenIsAnErrorThatNamesTheFile) {
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

TEST_F(CredentialStoreTest, Hostile182_WarnsOfLoosePermissions) {
  auths(entry("a.b", "u:p"));
  find("a.b");
  EXPECT_EQ(warnings(), "");
  ::chmod((path() / "config.json").c_str(), 0644);
  find("c.d");
  EXPECT_EQ(warnings(), "");
  find("a.b");
  EXPECT_THAT(warnings(), testing::HasSubstr("config.json holds credentials and can be read by others"));
}

TEST_F(CredentialStoreTest, Hostile181_DecodesAsDocumented) {
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

TEST_F(CredentialStoreTest, Hostile183_KnowsTheSpellingsOfKeys) {
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

TEST_F(CredentialStoreTest, Hostile179_FindsIdentityTokens) {
  write_config(R"({"auths":{"a.b":{"identitytoken":"canary"},"c.d":{"auth":")" +
               base64_encoded("<token>:canary") + R"("},"e.f":{"auth":")" + base64_encoded("user:") +
               R"(","identitytoken":"canary"},"g.h":{"auth":")" + base64_encoded("<token>:") + R"("}}})");
  EXPECT_EQ(found("a.b"), "||canary");
  EXPECT_EQ(found("c.d"), "<token>||canary");
  EXPECT_EQ(found("e.f"), "user||canary");
  EXPECT_EQ(found("g.h"), "none");
}

TEST_F(CredentialStoreTest, Hostile184_HelpersComeBeforeEntries) {
  write_helper("one", R"(echo "{\"Username\":\"one\",\"Secret\":\"$server\"}")");
  write_helper("all", R"(echo "{\"Username\":\"all\",\"Secret\":\"$server\"}")");
  write_helper("none", "echo 'credentials not found in native keychain'; exit 1");
  write_config(
      R"({"auths":{)" + entry("a.b", "entry:a") + ',' + entry("e.f", "entry:e") +
      R"(},"credHelpers":{"a.b":"one","docker.io":"one","c.d":"none","e.f":""},"credsStore":"all"})");
  EXPECT_EQ(found("a.b"), "one|a.b");
  EXPECT_EQ(found("docker.io"), "one|https://index.docker.io/v1/");
  EXPECT_EQ(found("c.d"), "all|c.d");
  EXPECT_EQ(found("x.y:5000"), "all|x.y:5000");
  EXPECT_EQ(found("e.f"), "entry|e");
  EXPECT_EQ(warnings(), "");
}

TEST_F(CredentialStoreTest, Hostile184_NotFoundIsNoFailure) {
  for (const auto* script :
       {"echo 'credentials not found in native keychain'; exit 1", "echo 'credentials not found' >&2; exit 1",
        "echo '{}'", R"(echo '{"Username":"","Secret":""}')"}) {
    write_helper("x", script);
    write_config(R"({"credsStore":"x"})");
    const auto lookup = find("a.b");
    EXPECT_FALSE(lookup.credentials) << script;
    EXPECT_EQ(lookup.note, "") << script;
  }
  EXPECT_EQ(warnings(), "");
}

TEST_F(CredentialStoreTest, Hostile184_AFailingHelperWarnsAndTheEntriesAnswer) {
  struct Case {
    const char* script;
    const char* warning;
  };
  for (const auto& one : std::vector<Case>{
           {"printf 'vault \\033[31msealed\\n' >&2; exit 3", "exit code 3: \"vault \\x1b[31msealed\""},
           {"echo 'no keychain'; exit 1", "exit code 1: \"no keychain\""},
           {R"(echo '{"Username":"u","Secret":"canary"}'; exit 1)", "failed with exit code 1"},
           {"kill -9 $$", "was ended by signal 9"},
           {"echo canary", "answered something else than JSON"},
           {"echo '[\"canary\"]'", "something else than a JSON object"},
           {R"(echo '{"Username":"u","Secret":7}')", "a `Secret` that is no text"},
           {R"(echo '{"Secret":"canary"}')", "with a secret of nobody"},
           {R"(echo '{"ServerURL":"https://evil.example","Username":"u","Secret":"canary"}')",
            "for another registry, \"https://evil.example\""},
           {"head -c 10000000 /dev/zero", "more than the limit of 65536 bytes"},
           {"sleep 60", "did not answer within 0 seconds"}}) {
    write_helper("x", one.script);
    if (std::string(one.script) == "sleep 60") helpers_.time_limit = std::chrono::milliseconds(200);
    write_config(R"({"auths":{)" + entry("c.d", "u:p") + R"(},"credsStore":"x"})");
    const auto lookup = find("a.b");
    EXPECT_FALSE(lookup.credentials);
    EXPECT_THAT(lookup.note, testing::HasSubstr(one.warning));
    EXPECT_THAT(warnings(), testing::HasSubstr(one.warning));
    EXPECT_EQ(found("c.d"), "u|p") << one.script;
  }
}

TEST_F(CredentialStoreTest, Hostile184_NamesAreCheckedBeforeAnythingRuns) {
  for (const std::string name : {"../x", "a b", "a/b", "a;b", "$(x)", "\u00e4"}) {
    bool asked = false;
    helpers_.find_program = [&](const std::string&) {
      asked = true;
      return std::filesystem::path("/bin/true");
    };
    write_config(R"({"credsStore":")" + name + "\"}");
    EXPECT_THAT(find("a.b").note, testing::HasSubstr("is no name of a credential helper"));
    EXPECT_FALSE(asked) << name;
  }
  helpers_ = helpers();
  write_config(R"({"credsStore":"absent"})");
  EXPECT_THAT(find("a.b").note, testing::HasSubstr("docker-credential-absent is not in PATH"));
}

TEST_F(CredentialStoreTest, Hostile187_AHelperGetsOneArgumentAndTheGivenEnvironment) {
  write_helper("x", "{ echo \"$*\"; env | sort; } >\"${0%/*}/seen\"; echo '{}'");
  write_config(R"({"credsStore":"x"})");
  find("a.b");
  const auto seen = read_file(path() / "seen", 4096);
  EXPECT_THAT(seen, testing::StartsWith("get\n"));
  EXPECT_THAT(seen, testing::HasSubstr("WHITTLE_TEST=1\n"));
  EXPECT_THAT(seen, testing::Not(testing::HasSubstr("HOME=")));
}

TEST_F(CredentialStoreTest, AHelperIsAskedOnceForARegistry) {
  write_helper("x", R"(echo asked >>"${0%/*}/asked"; echo '{"Username":"u","Secret":"p"}')");
  write_config(R"({"credsStore":"x"})");
  CredentialStore store({path() / "config.json"}, helpers_, reporter_, {});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(store.find("a.b", "c").credentials);
  EXPECT_EQ(read_file(path() / "asked", 4096), "asked\n");
}

TEST_F(CredentialStoreTest, Hostile185_TheFirstFileThatKnowsTheRegistryAnswers) {
  auths(entry("a.b", "docker:1") + ',' + entry("c.d", "docker:2"));
  write_file(path() / "auth.json",
             R"({"auths":{)" + entry("a.b", "podman:1") + ',' + entry("e.f", "podman:2") + "}}",
             AtomicFile::Durability::content, 0600);
  EXPECT_EQ(found("a.b"), "docker|1");
  EXPECT_EQ(found("e.f"), "podman|2");
  EXPECT_EQ(find("e.f").file, path() / "auth.json");
  EXPECT_EQ(found("x.y"), "none");
  EXPECT_THAT(reporter_.lines(),
              testing::Contains("verbose: credentials for e.f come from " + (path() / "auth.json").string()));
  // What is broken further behind stays unread as long as nothing asks for it.
  write_file(path() / "auth.json", "{", AtomicFile::Durability::content, 0600);
  EXPECT_EQ(found("a.b"), "docker|1");
  expect_error(ErrorKind::auth, "auth.json", [&] { find("e.f"); });
}

}  // namespace
}  // namespace whittle::test
