#include "registry/referrers.hpp"

#include <thread>

#include "common/json.hpp"
#include "registry/connect_rules.hpp"
#include "registry/credential_store.hpp"
#include "registry/http_transport.hpp"
#include "tests/support/fake_registry.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

namespace media_type = layers::media_type;
using registry::Referral;
using registry::referral_of;
using registry::Referrers;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

// A manifest that refers to `subject`.
layers::Document referrer(const layers::Descriptor& subject, const std::string& type,
                          const std::string& note) {
  layers::Manifest manifest{
      std::string(media_type::oci_manifest), {"application/vnd.oci.empty.v1+json", Digest::of("{}"), 2}, {}};
  manifest.subject = subject;
  manifest.artifact_type = type;
  manifest.annotations = {{"note", note}};
  return layers::write_manifest(manifest);
}

class ReferrersTest : public PlaceTest {
 protected:
  Referrers referrers() { return {client_, registry::Scopes::push("shop/api"), "shop/api"}; }
  std::vector<Digest> list(std::string_view type = {}) {
    std::vector<Digest> digests;
    for (const auto& one : referrers().list(subject_.digest, type)) digests.push_back(one.digest);
    return digests;
  }
  Digest add(const std::string& type, const std::string& note) {
    const auto document = referrer(subject_, type, note);
    registry_.put_manifest("shop/api", "", document);
    return document.digest;
  }
  // Pushed, and listed by the tag.
  Referral link(const std::string& type, const std::string& note) {
    add(type, note);
    auto referral = *referral_of(referrer(subject_, type, note), "m");
    referrers().add_to_tag(referral);
    return referral;
  }
  void put_tag(const std::string& type, const std::string& text) {
    registry_.put_manifest("shop/api", tag_, {type, text});
  }
  std::string tagged() const { return registry_.manifest("shop/api", tag_); }

  FakeRegistry registry_;
  layers::Descriptor subject_ = make_image().root().descriptor();
  std::string tag_ = registry::referrers_tag(subject_.digest);
  registry::ConnectRules rules_{{}};
  registry::CredentialStore config_{{}, {}, reporter_, {}};
  registry::HttpTransport transport_{registry::TransportOptions{"test"}, {}};
  registry::Retries retrying_{retries_, reporter_, {}};
  registry::RegistryClient client_{transport_, retrying_, rules_, config_, reporter_, registry_.host()};
};

TEST(Referral, TellsWhatADocumentRefersTo) {
  const auto image = make_image().root();
  EXPECT_FALSE(referral_of(image, "m"));
  const auto referral = referral_of(referrer(image.descriptor(), "a/b", "x"), "m");
  EXPECT_EQ(referral->subject.digest, image.digest);
  EXPECT_EQ(referral->referrer.artifact_type, "a/b");
  EXPECT_EQ(referral->referrer.annotations.at("note"), "x");
  // The configuration's type stands in for an absent one, an index has none.
  EXPECT_EQ(referral_of(referrer(image.descriptor(), "", "x"), "m")->referrer.artifact_type,
            "application/vnd.oci.empty.v1+json");
  layers::Index index{std::string(media_type::oci_index), {}};
  index.subject = image.descriptor();
  EXPECT_EQ(referral_of(layers::write_index(index), "i")->referrer.artifact_type, "");
}

TEST(Referral, HasATagOfBoundedLength) {
  EXPECT_EQ(registry::referrers_tag(Digest::of("")),
            "sha256-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Hasher hasher(Digest::Algorithm::sha512);
  EXPECT_EQ(registry::referrers_tag(hasher.finish()).size(), 7U + 64U);
}

TEST(NextLink, ReadsWhatRegistriesSend) {
  const auto next = [](const std::vector<std::string>& fields) {
    registry::Headers headers;
    for (const auto& field : fields) headers.add("Link", field);
    return registry::next_link(headers).value_or("none");
  };
  EXPECT_EQ(next({"</a?b=c>; rel=\"next\""}), "/a?b=c");
  EXPECT_EQ(next({"<a>;rel=next"}), "a");
  EXPECT_EQ(next({"<a>; rel=\"prev\", <b,c>; x=y; REL=\"Next\""}), "b,c");
  EXPECT_EQ(next({"<a>; rel=\"prev\"", "<b>; rel=\"next\""}), "b");
  EXPECT_EQ(next({"<a>; rel=next, <b>; rel=prev"}), "a");
  for (const char* field : {"", "<", "a; rel=next", "<a", "<a>", "<a>; rel=\"nextone\"", "<a>; x=\"rel=next"})
    EXPECT_EQ(next({field}), "none") << field;
  EXPECT_EQ(next({}), "none");
}

TEST_F(ReferrersTest, Hostile158_FollowsPagesAndFilters) {
  registry_.serve_referrers(2);
  std::vector<Digest> signatures;
  std::vector<Digest> all;
  for (int i = 0; i < 5; ++i) {
    all.push_back(add(i % 2 == 0 ? "sig" : "other", std::to_string(i)));
    if (i % 2 == 0) signatures.push_back(all.back());
  }
  EXPECT_THAT(list(), testing::UnorderedElementsAreArray(all));
  EXPECT_EQ(registry_.count("GET", "/referrers/"), 3U);
  // The registry does not filter, and does not say that it does.
  EXPECT_THAT(list("sig"), testing::UnorderedElementsAreArray(signatures));
  EXPECT_EQ(registry_.count("GET", "artifactType=sig"), 1U);
  EXPECT_EQ(registry_.count("GET", "/manifests/"), 0U);
}

TEST_F(ReferrersTest, Hostile157_NothingIsAnAnswer) {
  registry_.serve_referrers();
  EXPECT_THAT(list(), ElementsAre());
  EXPECT_EQ(registry_.server().log().size(), 1U);
}

TEST_F(ReferrersTest, Hostile157_WithoutTheApiTheTagIsRead) {
  const auto one = link("sig", "1");
  for (const auto& answer :
       {refusal(404, "NOT_FOUND", "x"), Answer{404, {{"Content-Type", "text/html"}}, "<html>"}, Answer{400},
        Answer{405}, Answer{406}, Answer{200, {{"Content-Type", "text/html"}}, "<html>"},
        Answer{200, {{"Content-Type", "application/json"}}, "{}"}, Answer{200}}) {
    registry_.fault("GET", "/referrers/", answer);
    EXPECT_THAT(list(), ElementsAre(one.referrer.digest)) << answer.status;
  }
  EXPECT_THAT(list("other"), ElementsAre());
}

TEST_F(ReferrersTest, AServerWithoutSuchAPathIsAskedOnce) {
  const auto one = link("sig", "1");
  registry_.fault("GET", "/referrers/", refusal(404, "NAME_UNKNOWN", "of this repository alone"));
  list();
  registry_.fault("GET", "/referrers/",
                  {404, {{"Content-Type", "text/plain; charset=utf-8"}}, "404 page not found"});
  for (int i = 0; i < 3; ++i) EXPECT_THAT(list(), ElementsAre(one.referrer.digest));
  EXPECT_EQ(registry_.count("GET", "/referrers/"), 2U);
}

TEST_F(ReferrersTest, Hostile157_RefusalsAreNoEmptyList) {
  link("sig", "1");
  for (const int status : {403, 429, 500, 501, 503}) {
    registry_.fault("GET", "/referrers/", refusal(status, "DENIED", "no"), 20);
    EXPECT_THROW(list(), Error) << status;
    registry_.clear_faults();
  }
  registry_.fault("GET", "/referrers/", {401, {{"WWW-Authenticate", "Basic realm=\"x\""}}}, 20);
  expect_error(ErrorKind::auth, "wants a login", [&] { list(); });
  registry_.clear_faults();
  registry_.fault("GET", "/manifests/", refusal(403, "DENIED", "no"), 20);
  expect_error(ErrorKind::auth, "403", [&] { list(); });
}

TEST_F(ReferrersTest, Hostile158_PagesThatDoNotEndOrLeadAway) {
  const std::string type(media_type::oci_index);
  const std::string page = R"({"schemaVersion":2,"manifests":[]})";
  const auto linked = [&](const std::string& link) {
    return Answer{200, {{"Content-Type", type}, {"Link", "<" + link + ">; rel=\"next\""}}, page};
  };
  registry_.fault("GET", "/referrers/", linked("?"), 20);
  expect_error(ErrorKind::limit, "does not end", [&] { list(); });
  registry_.clear_faults();
  int number = 0;
  registry_.decide([&](const Received&) { return linked("?n=" + std::to_string(++number)); });
  expect_error(ErrorKind::limit, "1000 pages", [&] { list(); });
  registry_.decide({});
  for (const std::string& link : {std::string("http://localhost:1/x"), std::string("https://example.com/x"),
                                  std::string("file:///etc/passwd")}) {
    registry_.fault("GET", "/referrers/", linked(link));
    EXPECT_THROW(list(), Error) << link;
  }
  EXPECT_EQ(number, 1000);
  // A later page that is none is not the absence of the API.
  registry_.fault("GET", "/referrers/", linked("?page=2"));
  registry_.fault("GET", "page=2", refusal(404, "X", "gone"));
  expect_error(ErrorKind::not_found, "gone", [&] { list(); });
}

TEST_F(ReferrersTest, Hostile159_TheTagsIndexIsExtended) {
  const auto one = link("sig", "1");
  auto index = Json::parse(tagged());
  EXPECT_EQ(index["mediaType"], media_type::oci_index);
  EXPECT_EQ(index["manifests"][0]["artifactType"], "sig");
  EXPECT_EQ(index["manifests"][0]["annotations"]["note"], "1");
  EXPECT_EQ(index["manifests"][0]["digest"], one.referrer.digest.text());
  // The same again changes nothing.
  const auto puts = registry_.count("PUT", "");
  link("sig", "1");
  EXPECT_EQ(registry_.count("PUT", ""), puts);
}

TEST_F(ReferrersTest, Hostile159_WhatOthersWroteStays) {
  const auto other = add("zzz", "other");
  const std::string entry = R"({ "x-mine":[1.50], "size":)" +
                            std::to_string(registry_.manifest("shop/api", other.text()).size()) +
                            R"(,"digest":")" + other.text() + R"(", "mediaType":")" +
                            std::string(media_type::oci_manifest) + R"(" })";
  put_tag(std::string(media_type::oci_index),
          "{\n \"x-unknown\": 1e3,\n \"manifests\": [ " + entry + " ],\n \"schemaVersion\": 2\n}");
  const auto one = link("sig", "1");
  EXPECT_THAT(tagged(), testing::StartsWith("{\n \"x-unknown\": 1e3,\n \"manifests\": [ " + entry + ", {"));
  EXPECT_THAT(tagged(), testing::EndsWith(" ],\n \"schemaVersion\": 2\n}"));
  EXPECT_THAT(list(), ElementsAre(other, one.referrer.digest));
}

TEST_F(ReferrersTest, Hostile159_ATagThatIsNoIndexIsLeftAlone) {
  const auto image = make_image("precious").root();
  const std::string type(media_type::oci_manifest);
  for (const auto& [stated, text] :
       {std::pair{type, image.bytes}, std::pair{std::string("text/plain"), std::string("{}")},
        std::pair{std::string("application/x-own"), std::string("{\"a\":1}")}}) {
    put_tag(stated, text);
    const auto error = expect_error(ErrorKind::remote_conflict, "left as it is", [&] { link("sig", "1"); });
    EXPECT_THAT(error.message(), HasSubstr(tag_));
    EXPECT_EQ(tagged(), text);
  }
  put_tag(type, image.bytes);
  EXPECT_THAT(list(), ElementsAre());
  EXPECT_THAT(reporter_.lines(), testing::Contains(HasSubstr("no index")));
}

// Sixteen at once, against a registry that honours conditions, one that states ETags without honouring them,
// and one without: what a writer is told to be listed is listed.
TEST_F(ReferrersTest, Hostile160_SixteenWriters) {
  using Etags = FakeRegistry::Etags;
  for (const auto etags : {Etags::honoured, Etags::ignored, Etags::none}) {
    subject_ = make_image("for " + std::to_string(static_cast<int>(etags))).root().descriptor();
    tag_ = registry::referrers_tag(subject_.digest);
    registry_.use_etags(etags);
    std::vector<std::optional<Digest>> listed(16);
    std::vector<std::string> failures(16);
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < listed.size(); ++i)
        threads.emplace_back([&, i] {
          try {
            listed[i] = link("sig", std::to_string(i)).referrer.digest;
          } catch (const Error& error) {
            failures[i] = error.message();
          }
        });
    }
    const auto there = list();
    std::size_t successes = 0;
    for (std::size_t i = 0; i < listed.size(); ++i) {
      if (listed[i]) {
        ++successes;
        EXPECT_THAT(there, testing::Contains(*listed[i]));
      } else {
        EXPECT_THAT(failures[i], HasSubstr("after 5 tries"));
      }
    }
    EXPECT_GT(successes, 0U);
    EXPECT_EQ(std::set(there.begin(), there.end()).size(), there.size());
  }
}

// Somebody whose every write comes between ours and the next look.
TEST_F(ReferrersTest, Hostile160_ALostEntryIsNoticed) {
  for (const bool conditional : {false, true}) {
    registry_.decide([&](const Received& request) -> std::optional<Answer> {
      if (request.method != "PUT" || request.target.find(tag_) == std::string::npos) return std::nullopt;
      return conditional ? refusal(412, "X", "no") : Answer{201};
    });
    const auto before = registry_.count("PUT", tag_);
    expect_error(ErrorKind::remote_conflict, "after 5 tries", [&] { link("sig", "1"); });
    EXPECT_EQ(registry_.count("PUT", tag_), before + 5);
  }
  EXPECT_EQ(tagged(), "");
}

}  // namespace
}  // namespace whittle::test
