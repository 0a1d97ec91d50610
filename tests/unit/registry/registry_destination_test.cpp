#include "registry/registry_error.hpp"
#include "tests/support/fake_registry.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

class RegistryDestinationTest : public PlaceTest {
 protected:
  std::string place(const std::string& rest = "") const { return registry_.host() + "/shop/api" + rest; }
  registry::CopyResult push(std::vector<std::string> tags = {"1"}) {
    return copy(image_, *destination(place()), std::move(tags));
  }
  void expect_pushed() {
    EXPECT_EQ(registry_.tag("shop/api", "1"), image_.root().digest);
    for (const auto& layer : layers::parse_manifest(image_.root(), "m").layers)
      EXPECT_TRUE(registry_.has_blob("shop/api", layer.digest));
  }
  // A push that has to fail leaves the tag alone.
  Error expect_failure(ErrorKind kind, const std::string& part) {
    auto error = expect_error(kind, part, [&] { push(); });
    EXPECT_FALSE(registry_.tag("shop/api", "1"));
    return error;
  }
  MemoryImage image_ = make_image();
  FakeRegistry registry_;
};

TEST_F(RegistryDestinationTest, PushesAnImage) {
  const auto result = push({"1", "latest"});
  EXPECT_EQ(result.blobs_sent, 3U);
  EXPECT_EQ(result.root.digest, image_.root().digest);
  expect_pushed();
  EXPECT_EQ(registry_.tag("shop/api", "latest"), image_.root().digest);
  EXPECT_EQ(registry_.count("GET", "/v2/"), 0U);
  EXPECT_THAT(reporter_.lines(), testing::Contains(testing::EndsWith(": copied")).Times(2));
}

TEST_F(RegistryDestinationTest, SeveralTagsTakeOneRequestWhereTheRegistryKnowsThat) {
  registry_.take_tags(10);
  push({"1", "1.4", "latest"});
  for (const char* tag : {"1", "1.4", "latest"})
    EXPECT_EQ(registry_.tag("shop/api", tag), image_.root().digest);
  EXPECT_EQ(registry_.count("PUT", "/manifests/"), 1U);
  EXPECT_EQ(registry_.count("PUT", image_.root().digest.text() + "?tag=1&tag=1.4&tag=latest"), 1U);
  // One tag needs no digest beside it.
  image_ = make_image("two");
  push({"1"});
  EXPECT_EQ(registry_.count("PUT", "/manifests/1"), 1U);
}

TEST_F(RegistryDestinationTest, TagsThatWereNotConfirmedGoOneByOne) {
  registry_.take_tags(1);
  push({"1", "1.4"});
  EXPECT_EQ(registry_.tag("shop/api", "1.4"), image_.root().digest);
  EXPECT_EQ(registry_.count("PUT", "/manifests/1.4"), 1U);
  EXPECT_EQ(registry_.count("PUT", "/manifests/"), 2U);
}

TEST_F(RegistryDestinationTest, ARegistryIsAskedForSeveralTagsOnce) {
  push({"1", "latest"});
  EXPECT_EQ(registry_.count("PUT", "?tag="), 1U);
  image_ = make_image("two");
  push({"1", "latest"});
  EXPECT_EQ(registry_.count("PUT", "?tag="), 1U);
  expect_pushed();
  EXPECT_EQ(registry_.tag("shop/api", "latest"), image_.root().digest);
}

TEST_F(RegistryDestinationTest, SeveralTagsThatAreRefusedInOneRequestGoOneByOne) {
  for (const int status : {400, 404, 405, 414}) {
    FakeRegistry registry;
    registry.fault("PUT", "?tag=", {status});
    copy(image_, *destination(registry.host() + "/x"), {"1", "latest"});
    EXPECT_EQ(registry.tag("x", "1"), image_.root().digest) << status;
    EXPECT_EQ(registry.tag("x", "latest"), image_.root().digest) << status;
  }
}

TEST_F(RegistryDestinationTest, NothingToDoIsOneRequestPerTag) {
  push({"1", "latest"});
  const auto before = registry_.server().requests().size();
  EXPECT_EQ(push({"1", "latest"}).blobs_sent, 0U);
  const auto log = registry_.server().log();
  EXPECT_EQ(log.size(), before + 2);
  EXPECT_EQ(log.back(), "HEAD /v2/shop/api/manifests/latest");
}

TEST_F(RegistryDestinationTest, PushesByDigestAlone) {
  push({});
  EXPECT_EQ(registry_.count("PUT", "/manifests/" + image_.root().digest.text()), 1U);
  EXPECT_EQ(source(place("@" + image_.root().digest.text()))->root().bytes, image_.root().bytes);
}

TEST_F(RegistryDestinationTest, WhatIsThereIsNotSent) {
  registry_.put_blob("shop/api", read_blob(image_, layers::parse_manifest(image_.root(), "m").layers[0]));
  const auto result = push();
  EXPECT_EQ(result.blobs_present, 1U);
  EXPECT_EQ(result.blobs_sent, 2U);
  expect_pushed();
}

TEST_F(RegistryDestinationTest, PushesAnIndexAndAnEmptyBlob) {
  auto index = make_index({"amd64", "arm64"});
  copy(index, *destination(place()), {"i"});
  EXPECT_EQ(source(place(":i"))->root().bytes, index.root().bytes);
  MemoryImage empty;
  const auto config = empty.add_blob(std::string(layers::media_type::oci_config), "");
  empty.set_root(layers::write_manifest({std::string(layers::media_type::oci_manifest), config, {}}));
  copy(empty, *destination(place()), {"e"});
  EXPECT_TRUE(registry_.has_blob("shop/api", Digest::of("")));
}

TEST_F(RegistryDestinationTest, Hostile140_HeadIsRefused) {
  registry_.decide([](const Received& request) -> std::optional<Answer> {
    if (request.method == "HEAD") return Answer{405};
    return std::nullopt;
  });
  push();
  expect_pushed();
  EXPECT_EQ(push().blobs_present, 0U);
  registry_.decide([](const Received& request) -> std::optional<Answer> {
    if (request.method == "HEAD") return Answer{403};
    return refusal(403, "DENIED", "requested access is denied");
  });
  expect_error(ErrorKind::auth, "403 DENIED: requested access", [&] { push(); });
}

TEST_F(RegistryDestinationTest, Hostile105_HeadWithoutADigest) {
  push();
  registry_.decide([](const Received& request) -> std::optional<Answer> {
    if (request.method == "HEAD") return Answer{200};
    return std::nullopt;
  });
  const auto before = registry_.server().requests().size();
  EXPECT_EQ(push().blobs_sent, 0U);
  EXPECT_EQ(registry_.server().requests().size(), before + 2);
}

TEST_F(RegistryDestinationTest, Hostile142_EveryFormOfLocation) {
  const auto port = registry_.host().substr(registry_.host().find(':'));
  for (const std::string& location :
       {std::string("/v2/shop/api/blobs/uploads/9"), std::string("9"),
        "//" + registry_.host() + "/v2/shop/api/blobs/uploads/9",
        "http://" + registry_.host() + "/v2/shop/api/blobs/uploads/9?x=y",
        "http://localhost" + port + "/v2/shop/api/blobs/uploads/9", std::string("?state=1")}) {
    image_ = make_image("to " + location);
    registry_.fault("POST", "/blobs/uploads/", {202, {{"Location", location}}}, 3);
    push();
    expect_pushed();
  }
  EXPECT_EQ(registry_.count("PUT", "/blobs/uploads/9?digest=sha256%3A"), 12U);
  EXPECT_EQ(registry_.count("PUT", "/blobs/uploads/9?x=y&digest=sha256%3A"), 3U);
}

TEST_F(RegistryDestinationTest, Hostile142_LocationsThatAreRefused) {
  for (const std::string& location :
       {std::string("file:///etc/passwd"), std::string("http://registry.example.com/x"),
        std::string("https://10.0.0.1/x"), std::string("ftp://127.0.0.1/x"), "/" + std::string(65536, 'x'),
        std::string("http://u:canary@127.0.0.1/x")}) {
    registry_.clear_faults();
    registry_.fault("POST", "/blobs/uploads/", {202, {{"Location", location}}}, 3);
    const auto error = expect_failure(ErrorKind::registry, "starting the upload of");
    EXPECT_THAT(error.message(), testing::Not(testing::HasSubstr("canary")));
  }
}

TEST_F(RegistryDestinationTest, Hostile143_NoLocation) {
  registry_.fault("POST", "/blobs/uploads/", {202}, 3);
  expect_failure(ErrorKind::registry, "no Location");
}

TEST_F(RegistryDestinationTest, Hostile145_TheAnswerOfACommitIsLost) {
  const auto manifest = layers::parse_manifest(image_.root(), "m");
  registry_.put_blob("shop/api", read_blob(image_, manifest.config));
  for (const auto& layer : manifest.layers) registry_.put_blob("shop/api", read_blob(image_, layer));
  // The first question is answered as if the blob were not there, so that it is sent; that answer then is
  // lost.
  std::atomic<bool> first = true;
  jobs_ = 1;
  registry_.decide([&](const Received& request) -> std::optional<Answer> {
    if (request.target.find("/blobs/") == std::string::npos) return std::nullopt;
    if (request.method == "HEAD" && first.exchange(false))
      return refusal(404, "BLOB_UNKNOWN", "blob unknown");
    if (request.method == "PUT") return Answer{.close_unanswered = true};
    return std::nullopt;
  });
  EXPECT_EQ(push().blobs_sent, 1U);
  expect_pushed();
}

TEST_F(RegistryDestinationTest, Hostile145_ACommitThatReallyFailed) {
  registry_.fault("PUT", "/blobs/", {.close_unanswered = true}, 9);
  expect_failure(ErrorKind::network, "PUT http://");
  registry_.clear_faults();
  registry_.fault("PUT", "/blobs/", refusal(503, "UNAVAILABLE", "try later"), 9);
  expect_failure(ErrorKind::registry, "503 UNAVAILABLE: try later");
}

TEST_F(RegistryDestinationTest, Hostile154_TheAnswerOfAManifestIsLost) {
  registry_.decide([&](const Received& request) -> std::optional<Answer> {
    if (request.method != "PUT" || request.target.find("/manifests/1") == std::string::npos)
      return std::nullopt;
    return Answer{502, {}, "bad gateway"};
  });
  expect_failure(ErrorKind::registry, "502");
  // Stored although it was answered 502: the next question shows it.
  std::atomic<bool> stored = false;
  registry_.decide([&](const Received& request) -> std::optional<Answer> {
    if (request.target.find("/manifests/1") == std::string::npos) return std::nullopt;
    if (request.method == "PUT") {
      stored = true;
      return Answer{502, {}, "bad gateway"};
    }
    if (!stored) return std::nullopt;
    return Answer{200, {{"Docker-Content-Digest", image_.root().digest.text()}}};
  });
  EXPECT_EQ(push().root.digest, image_.root().digest);
}

TEST_F(RegistryDestinationTest, Hostile149_Mounting) {
  copy(image_, *destination(registry_.host() + "/base"), {"1"});
  const auto from = source(registry_.host() + "/base:1");
  const auto push_as = [&](const std::string& name) {
    return copy(*from, *destination(registry_.host() + "/" + name), {"1"});
  };
  const auto mounted = push_as("mounted");
  EXPECT_EQ(mounted.blobs_mounted, 3U);
  EXPECT_EQ(mounted.bytes_sent, 0U);
  EXPECT_EQ(registry_.count("POST", "mount=sha256%3A"), 3U);

  // 202: the session it opened is used.
  const auto opened = registry_.uploads_opened();
  registry_.fault("POST", "mount=", {202, {{"Location", "/v2/continued/blobs/uploads/7?from=mount"}}}, 3);
  EXPECT_EQ(push_as("continued").blobs_sent, 3U);
  EXPECT_EQ(registry_.uploads_opened(), opened);
  EXPECT_EQ(registry_.count("PUT", "uploads/7?from=mount&digest="), 3U);

  // 202 whose session is gone: a fresh one.
  registry_.fault("POST", "mount=", {202, {{"Location", "/v2/gone/blobs/uploads/8?gone"}}}, 3);
  registry_.fault("PUT", "uploads/8?gone", refusal(404, "BLOB_UPLOAD_UNKNOWN", "unknown"), 3);
  EXPECT_EQ(push_as("gone").blobs_sent, 3U);

  int number = 0;
  for (const int status : {202, 400, 401, 403, 404, 405, 500}) {
    registry_.fault("POST", "mount=", refusal(status, "X", "no"), 3);
    const auto name = "refused" + std::to_string(number++);
    const auto result = push_as(name);
    EXPECT_EQ(result.blobs_sent, 3U) << status;
    EXPECT_EQ(registry_.tag(name, "1"), image_.root().digest);
    registry_.clear_faults();
  }
  registry_.fault("POST", "mount=", {.close_unanswered = true}, 99);
  EXPECT_EQ(push_as("cut").blobs_sent, 3U);
}

TEST_F(RegistryDestinationTest, Hostile150_AnotherDigestWasStored) {
  const auto lie = Digest::of("lie").text();
  registry_.fault("PUT", "/blobs/", {201, {{"Docker-Content-Digest", lie}}});
  expect_failure(ErrorKind::integrity, lie);
  registry_.fault("PUT", "/manifests/", {201, {{"Docker-Content-Digest", lie}}});
  expect_failure(ErrorKind::integrity, lie);
}

TEST_F(RegistryDestinationTest, Hostile139_RefusalsAreFinal) {
  registry_.fault("POST", "/blobs/", refusal(403, "DENIED", "push is denied"), 3);
  jobs_ = 1;
  const auto error = expect_failure(ErrorKind::auth, "shop/api/blobs/uploads/: 403 DENIED: push is denied");
  EXPECT_EQ(registry_.count("POST", "/blobs/"), 1U);
  EXPECT_THAT(error.hints(), testing::Contains(testing::HasSubstr("docker login " + registry_.host())));
}

TEST_F(RegistryDestinationTest, Hostile139_RepositoryAbsent) {
  registry_.fault("POST", "/blobs/", refusal(404, "NAME_UNKNOWN", "repository name not known to registry"),
                  9);
  expect_failure(ErrorKind::not_found, "NAME_UNKNOWN");
}

TEST_F(RegistryDestinationTest, Hostile141_WhatIsThereIsNotThereAfterAll) {
  auto index = make_index({"amd64", "arm64"});
  copy(index, *destination(place()), {"i"});
  const auto child = layers::parse_index(index.root(), "i").manifests[0];
  const auto layer = layers::parse_manifest(index.manifest(child), "m").layers[1];
  registry_.remove_manifest("shop/api", child.digest);
  registry_.remove_blob("shop/api", layer.digest);
  // The registry goes on saying that it has them, as one with a stale cache does.
  registry_.decide([&](const Received& request) -> std::optional<Answer> {
    const auto about = [&](const Digest& digest) {
      return request.target.find(digest.text()) != std::string::npos;
    };
    if (request.method == "HEAD" && (about(child.digest) || about(layer.digest))) return Answer{200};
    return std::nullopt;
  });
  copy(index, *destination(place()), {"j"});
  registry_.decide({});
  EXPECT_EQ(registry_.tag("shop/api", "j"), index.root().digest);
  EXPECT_TRUE(registry_.has_blob("shop/api", layer.digest));
  EXPECT_EQ(registry_.manifest("shop/api", child.digest.text()), index.manifest(child).bytes);
}

TEST_F(RegistryDestinationTest, TellsWhatIsListedByOneLookAtEachSubject) {
  std::vector<layers::Document> referrers;
  for (const char* subject : {"x", "y"})
    for (const char* note : {"1", "2", "3"})
      referrers.push_back(add_referrer(image_, Digest::of(std::string_view(subject)), note));
  for (const char* part : {"{}", "data of 1", "data of 2"}) registry_.put_blob("shop/api", part);
  auto to = destination(place());
  EXPECT_THAT(to->listed(referrers), testing::IsEmpty());
  to->put_manifest(referrers.at(1), {});
  to->put_manifest(referrers.at(3), {});
  const auto before = registry_.server().log().size();
  EXPECT_THAT(to->listed(referrers),
              testing::UnorderedElementsAre(referrers.at(1).digest, referrers.at(3).digest));
  // For each subject the API, and where there is none, the tag.
  EXPECT_LE(registry_.server().log().size() - before, 4U);
  EXPECT_THAT(to->listed({image_.root()}), testing::IsEmpty());
}

TEST_F(RegistryDestinationTest, Hostile141_TwiceIsEnough) {
  for (const char* code : {"MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN"}) {
    registry_.fault("PUT", "/manifests/1", refusal(404, code, "never heard of it"), 9);
    const auto before = registry_.count("PUT", "/manifests/1");
    expect_failure(ErrorKind::registry, "sent twice");
    EXPECT_EQ(registry_.count("PUT", "/manifests/1"), before + 2);
    registry_.clear_faults();
  }
}

// What docker-registry says while another writer has emptied its link to a blob, to write the same again.
TEST_F(RegistryDestinationTest, WhatAnotherWriterIsAtIsWaitedFor) {
  Answer being_written{400};
  being_written.body =
      R"({"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match uploaded content"},)"
      R"({"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry"}]})";
  registry_.fault("PUT", "/manifests/1", being_written, 3);
  EXPECT_EQ(push().blobs_sent, 3U);
  EXPECT_EQ(registry_.count("PUT", "/manifests/1"), 4U);
  EXPECT_EQ(registry_.count("POST", "/blobs/uploads/"), 3U) << "nothing was sent twice";
  expect_pushed();
}

TEST_F(RegistryDestinationTest, ABlobWithAnEmptyLinkIsSentAgain) {
  const auto layer = layers::parse_manifest(image_.root(), "m").layers.front();
  registry_.put_blob("shop/api", read_blob(image_, layer));
  for (const char* method : {"HEAD", "GET"})
    registry_.fault(method, "/blobs/" + layer.digest.text(),
                    refusal(400, "DIGEST_INVALID", "provided digest did not match uploaded content"));
  EXPECT_EQ(push().blobs_sent, 3U);
  expect_pushed();
}

TEST_F(RegistryDestinationTest, Hostile152_ManifestsThatAreRefused) {
  const auto type = std::string(layers::media_type::oci_manifest);
  registry_.fault("PUT", "/manifests/", refusal(413, "SIZE_INVALID", "too large"));
  EXPECT_FALSE(expect_failure(ErrorKind::limit, "413").hints().empty());
  registry_.fault("PUT", "/manifests/", refusal(415, "UNSUPPORTED", "no such type"));
  EXPECT_THAT(expect_failure(ErrorKind::unsupported, "no such type").message(), testing::HasSubstr(type));
  image_ = MemoryImage();
  const auto config = image_.add_blob(std::string(layers::media_type::oci_config), "{}");
  const auto layer = image_.add_blob(std::string(layers::media_type::oci_layer_zstd), "x");
  image_.set_root(layers::write_manifest({type, config, {layer}}));
  registry_.fault("PUT", "/manifests/", refusal(400, "MANIFEST_INVALID", "manifest invalid"));
  EXPECT_THAT(expect_failure(ErrorKind::unsupported, registry_.host()).hints(),
              testing::Contains(testing::HasSubstr("compression: gzip")));
  image_.set_root(add_referrer(image_, Digest::of("x"), "note"));
  registry_.fault("PUT", "/manifests/", refusal(400, "MANIFEST_INVALID", "manifest invalid"));
  EXPECT_THAT(expect_failure(ErrorKind::unsupported, "manifest invalid").hints(),
              testing::Contains(testing::HasSubstr("refer to others")));
}

TEST_F(RegistryDestinationTest, Hostile153_ImmutableTags) {
  const std::vector<Answer> answers = {
      refusal(409, "CONFLICT", "no"), refusal(412, "PRECONDITION", "configured as immutable"),
      refusal(400, "TAG_INVALID", "the tag exists already"), refusal(403, "DENIED", "the tag is Immutable"),
      refusal(405, "UNSUPPORTED", "it cannot be overwritten")};
  for (const auto& answer : answers) {
    registry_.fault("PUT", "/manifests/1", answer);
    const auto error = expect_failure(ErrorKind::remote_conflict, std::to_string(answer.status));
    EXPECT_THAT(error.hints(),
                testing::Contains(testing::HasSubstr("pushed: " + place("@" + image_.root().digest.text()))));
    EXPECT_EQ(registry_.manifest("shop/api", image_.root().digest.text()), image_.root().bytes);
  }
  // The same without a tag, or in other words, is no conflict.
  registry_.fault("PUT", "/manifests/1", refusal(403, "DENIED", "no"));
  expect_failure(ErrorKind::auth, "403 DENIED");
  // Where not even that is taken, nothing is claimed.
  registry_.fault("PUT", "/manifests/", refusal(409, "CONFLICT", "no"), 9);
  EXPECT_TRUE(expect_failure(ErrorKind::remote_conflict, "no").hints().empty());
}

TEST_F(RegistryDestinationTest, Hostile168_202IsNoSuccess) {
  registry_.fault("PUT", "/manifests/", {202});
  expect_failure(ErrorKind::registry, "202");
  registry_.fault("PUT", "/blobs/", {200}, 3);
  image_ = make_image("other");
  expect_failure(ErrorKind::registry, "200");
}

TEST_F(RegistryDestinationTest, ADigestInThePlaceBinds) {
  expect_error(ErrorKind::integrity, "accepts",
               [&] { copy(image_, *destination(place(":1@" + Digest::of("x").text())), {"1"}); });
  EXPECT_FALSE(registry_.tag("shop/api", "1"));
  copy(image_, *destination(place(":1@" + image_.root().digest.text())), {"1"});
  expect_pushed();
}

TEST_F(RegistryDestinationTest, Hostile130_ASourceThatBreaksMidwayMovesNoTag) {
  FakeRegistry from;
  const auto manifest = layers::parse_manifest(image_.root(), "m");
  copy(image_, *destination(from.host() + "/x"), {"1"});
  from.fault("GET", "/blobs/" + manifest.layers[0].digest.text(),
             {.body = read_blob(image_, manifest.layers[0]), .cut_after = 3000});
  const auto origin = source(from.host() + "/x:1");
  expect_error(ErrorKind::network, "receiving from " + from.host(),
               [&] { copy(*origin, *destination(place()), {"1"}); });
  EXPECT_FALSE(registry_.tag("shop/api", "1"));
  EXPECT_FALSE(registry_.has_blob("shop/api", manifest.layers[0].digest));
  copy(*origin, *destination(place()), {"1"});
  expect_pushed();
}

// Scripts of random faults: success means that the image is there whole, failure that no tag has moved.
TEST_F(RegistryDestinationTest, StateModel) {
  std::uint64_t state = 7;
  const auto random = [&](std::uint64_t below) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state >> 33U) % below;
  };
  const std::vector<Answer> answers = {{500},
                                       {404},
                                       {202},
                                       {201},
                                       {400},
                                       {.close_unanswered = true},
                                       refusal(403, "DENIED", "no"),
                                       {307, {{"Location", "/v2/elsewhere"}}},
                                       {.raw = "junk\r\n\r\n"},
                                       {200, {{"Content-Type", "text/html"}}, "<html>"}};
  const std::vector<std::string> methods = {"HEAD", "GET", "POST", "PUT"};
  int good = 0;
  for (int round = 0; round < 60; ++round) {
    FakeRegistry registry;
    jobs_ = round % 2 == 0 ? 1 : 16;
    for (std::uint64_t i = 0; i <= random(2); ++i) {
      const auto method = methods[random(methods.size())];
      auto answer = answers[random(answers.size())];
      // A registry that says it has stored what it has not cannot be found out.
      if (answer.status == 201 || (answer.status == 200 && method == "HEAD")) answer = Answer{500};
      registry.fault(method, random(2) == 0 ? "/blobs/" : "/manifests/", answer,
                     static_cast<unsigned>(1 + random(2)));
    }
    bool succeeded = true;
    try {
      copy(image_, *destination(registry.host() + "/x"), {"1"});
    } catch (const Error&) {
      succeeded = false;
    }
    good += succeeded;
    ASSERT_EQ(registry.tag("x", "1").has_value(), succeeded) << round;
    if (!succeeded) continue;
    for (const auto& layer : layers::parse_manifest(image_.root(), "m").layers)
      EXPECT_TRUE(registry.has_blob("x", layer.digest));
  }
  EXPECT_GT(good, 5);
}

}  // namespace
}  // namespace whittle::test
