#include "toolchains/checksum_database.hpp"

#include "tests/support/fake_checksum_database.hpp"
#include "tests/support/memory_web.hpp"
#include "tests/unit/toolchains/helpers.hpp"

namespace whittle::toolchains {
namespace {

using test::failure;
using test::FakeChecksumDatabase;
using test::MemoryWeb;
using testing::HasSubstr;
using testing::StartsWith;

constexpr auto own_url = "https://sum.test";

struct DatabaseSetting {
  DatabaseSetting() {
    database.grow_to(300);
    database.add("m", "v1.0.0", "h1:one");
    database.grow_to(400);
  }
  void serve(const FakeChecksumDatabase& served, const std::string& base = own_url) {
    for (auto& [url, bytes] : served.files(base)) web.files[url] = std::move(bytes);
  }
  std::string hash_of(const std::string& version = "v1.0.0", std::string_view goproxy = "direct",
                      const std::string& url = {}) {
    ModuleProxy proxy(web, parse_proxy_list(goproxy));
    ChecksumDatabase client(proxy, {VerifierKey::parse(database.verifier_key()).value(), url},
                            place / "heads");
    return client.hash_of("m", version);
  }

  FakeChecksumDatabase database{"sum.test"};
  MemoryWeb web;
  test::WorkPlace place;
};

TEST(ChecksumDatabase, GivesWhatIsInItsSignedTree) {
  DatabaseSetting setting;
  setting.serve(setting.database);
  EXPECT_EQ(setting.hash_of(), "h1:one");
  EXPECT_EQ(setting.hash_of(), "h1:one");
  EXPECT_THAT(failure([&] { setting.hash_of("v9.0.0"); }),
              StartsWith("not-found: looking up m@v9.0.0 in the checksum database sum.test: the checksum "
                         "database does not have it"));
}

TEST(ChecksumDatabase, IsAskedWhereItIs) {
  DatabaseSetting setting;
  setting.serve(setting.database, "https://proxy.test/sumdb/sum.test");
  setting.web.failures[own_url] = ErrorKind::internal;
  EXPECT_EQ(setting.hash_of("v1.0.0", "https://proxy.test,direct"), "h1:one");
  // An address of its own counts before that.
  setting.serve(setting.database, "https://mirror.test/x");
  setting.web.failures["https://proxy.test"] = ErrorKind::internal;
  EXPECT_EQ(setting.hash_of("v1.0.0", "https://proxy.test,direct", "https://mirror.test/x"), "h1:one");
}

TEST(ChecksumDatabase, AForgedRecordIsFoundOut) {
  DatabaseSetting setting;
  setting.serve(setting.database);
  auto& answer = setting.web.files[std::string(own_url) + "/lookup/m@v1.0.0"];
  const auto honest = answer;
  answer.replace(answer.find("h1:one"), 6, "h1:two");
  EXPECT_THAT(failure([&] { setting.hash_of(); }), HasSubstr("gave a record that is not in its tree"));
  answer = honest;
  answer.replace(0, 3, "301");
  EXPECT_THAT(failure([&] { setting.hash_of(); }), HasSubstr("gave a record that is not in its tree"));
  answer = honest;
  answer.replace(0, 3, "400");
  EXPECT_THAT(failure([&] { setting.hash_of(); }), HasSubstr("gave a record that is not in its tree"));
  // The record of something else, though it is in the tree.
  setting.database.add("n", "v1.0.0", "h1:n");
  setting.serve(setting.database);
  answer = setting.web.files[std::string(own_url) + "/lookup/n@v1.0.0"];
  EXPECT_THAT(failure([&] { setting.hash_of(); }), HasSubstr("gave a record of something else"));
  answer = "<html>";
  EXPECT_THAT(failure([&] { setting.hash_of(); }), HasSubstr("gave an ill-formed record"));
  answer = setting.database.lookup(300);
  answer.replace(answer.find("tree\n") + 5, 3, "999");
  EXPECT_THAT(failure([&] { setting.hash_of(); }), HasSubstr("has a wrong signature"));
}

TEST(ChecksumDatabase, AForkIsFoundOut) {
  DatabaseSetting setting;
  setting.serve(setting.database);
  EXPECT_EQ(setting.hash_of(), "h1:one");
  FakeChecksumDatabase forked("sum.test");
  forked.grow_to(299);
  forked.add("m", "v1.0.0", "h1:forged");
  forked.grow_to(450);
  setting.serve(forked);
  const auto text = failure([&] { setting.hash_of(); });
  EXPECT_THAT(
      text,
      HasSubstr("contradicts what it signed before: the tree of 400 records is not part of the tree of 450"));
  EXPECT_THAT(text, StartsWith("unverified: "));
  // The same size, and a smaller one.
  FakeChecksumDatabase twin("sum.test");
  twin.grow_to(300);
  twin.add("m", "v1.0.0", "h1:forged");
  twin.grow_to(400);
  setting.serve(twin);
  EXPECT_THAT(failure([&] { setting.hash_of(); }), HasSubstr("contradicts what it signed before"));
}

TEST(ChecksumDatabase, RemembersTheNewestTree) {
  DatabaseSetting setting;
  FakeChecksumDatabase older("sum.test");
  older.grow_to(300);
  older.add("m", "v1.0.0", "h1:one");
  setting.serve(older);
  EXPECT_EQ(setting.hash_of(), "h1:one");
  setting.serve(setting.database);
  EXPECT_EQ(setting.hash_of(), "h1:one");
  // An older answer is fine when it is part of the newer tree, and does not replace that.
  const auto newer = setting.database.signed_head();
  setting.web.files[std::string(own_url) + "/lookup/m@v1.0.0"] = older.lookup(300);
  EXPECT_EQ(setting.hash_of(), "h1:one");
  std::string kept;
  for (const auto& item : std::filesystem::directory_iterator(setting.place / "heads"))
    if (item.path().extension() != ".lock") kept = read_file(item.path(), 10000);
  EXPECT_EQ(kept, newer);
}

TEST(ChecksumDatabase, ATileThatIsFullByNowStandsForItsPart) {
  DatabaseSetting setting;
  setting.database.grow_to(400);
  setting.serve(setting.database);
  const auto part = std::string(own_url) + "/tile/8/0/001.p/144";
  ASSERT_EQ(setting.web.files.erase(part), 1U);
  setting.database.grow_to(512);
  const auto later = setting.database.files(own_url);
  setting.web.files[std::string(own_url) + "/tile/8/0/001"] =
      later.at(std::string(own_url) + "/tile/8/0/001");
  EXPECT_EQ(setting.hash_of(), "h1:one");
}

TEST(ChecksumSource, IsReadAsGoReadsIt) {
  const FakeChecksumDatabase database("sum.test");
  const FindKey finder = [&](const std::string& name) {
    return name == "sum.test" ? VerifierKey::parse(database.verifier_key()) : std::nullopt;
  };
  EXPECT_EQ(parse_checksum_source("sum.test", finder).key.name(), "sum.test");
  EXPECT_EQ(parse_checksum_source(database.verifier_key(), {}).url, "");
  EXPECT_EQ(parse_checksum_source("sum.test  https://mirror.test/ ", finder).url, "https://mirror.test");
  const auto refusal = [&](std::string_view text) {
    return failure([&] { parse_checksum_source(text, finder); });
  };
  EXPECT_THAT(refusal("off"),
              StartsWith("unverified: the Go toolchain cannot be verified: GOSUMDB is `off`\nhint: "));
  EXPECT_THAT(refusal(""), StartsWith("unverified: no checksum database is named"));
  EXPECT_THAT(refusal("other.test"),
              StartsWith("unverified: no key of the checksum database \"other.test\" is known\nhint: "));
  EXPECT_THAT(refusal("sum.test+00000000+AAAA"), StartsWith("usage: GOSUMDB has an invalid key"));
  EXPECT_THAT(refusal("sum.test https://a.test b"), StartsWith("usage: "));
  EXPECT_THAT(refusal("sum.test nowhere"), StartsWith("usage: "));
  const auto with_path = FakeChecksumDatabase("sum.test/../x").verifier_key();
  EXPECT_THAT(refusal(with_path), HasSubstr("which is not a host"));
}

}  // namespace
}  // namespace whittle::toolchains
