// Mirrors: asked in order, trusted with nothing.
#include <fmt/format.h>

#include <atomic>

#include "common/base64.hpp"
#include "tests/support/fake_registry.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using testing::HasSubstr;

class MirrorTest : public PlaceTest {
 protected:
  MirrorTest() {
    put_all(origin_);
    put_all(second_);
    put_all(first_);
  }
  void put_all(FakeRegistry& registry) {
    const auto root = image_.root();
    const auto manifest = layers::parse_manifest(root, "the image");
    for (const auto& blob : blobs()) registry.put_blob("shop/api", read_blob(image_, blob));
    registry.put_manifest("shop/api", "1", root);
  }
  std::vector<layers::Descriptor> blobs() {
    const auto manifest = layers::parse_manifest(image_.root(), "the image");
    auto all = manifest.layers;
    all.push_back(manifest.config);
    return all;
  }
  // `each` is added to both mirrors.
  std::unique_ptr<registry::ImageSource> mirrored(const std::string& reference,
                                                  const std::string& each = "") {
    auto text = fmt::format("[[registry]]\nlocation=\"{}\"\n", origin_.host());
    for (const auto* mirror : {&first_, &second_})
      text += fmt::format("[[registry.mirror]]\nlocation=\"{}\"\n{}\n", mirror->host(), each);
    write_file(path() / "registries.conf", text, AtomicFile::Durability::content);
    auto with = options();
    with.registries = {{path() / "registries.conf"}, {}};
    access_ = std::make_unique<registry::Access>(with, reporter_, stop_.get_token());
    return access_->source(registry::Place::parse(origin_.host() + "/shop/api" + reference));
  }
  std::string by_digest() { return "@" + image_.root().digest.text(); }
  static std::size_t asked(const FakeRegistry& registry) { return registry.server().requests().size(); }
  // Every byte of the image arrives, and is right.
  void expect_image(registry::ImageSource& source) {
    EXPECT_EQ(source.root().digest, image_.root().digest);
    for (const auto& blob : blobs()) EXPECT_EQ(read_blob(source, blob), read_blob(image_, blob));
  }

  MemoryImage image_ = make_image();
  FakeRegistry origin_;
  FakeRegistry first_;
  FakeRegistry second_;
  std::unique_ptr<registry::Access> access_;
};

TEST_F(MirrorTest, TheFirstMirrorIsEnough) {
  expect_image(*mirrored(by_digest()));
  EXPECT_EQ(asked(first_), 4U);
  EXPECT_EQ(asked(second_) + asked(origin_), 0U);
  EXPECT_THAT(reporter_.lines(), testing::IsEmpty());
  // Nothing is left where blobs have waited.
  EXPECT_TRUE(std::filesystem::is_empty(path() / "scratch"));
}

TEST_F(MirrorTest, Hostile171_TagsGoToTheRegistryAndTheRestToTheMirror) {
  expect_image(*mirrored(":1"));
  EXPECT_EQ(origin_.server().log(), std::vector<std::string>{"GET /v2/shop/api/manifests/1"});
  EXPECT_EQ(asked(first_), 3U);
}

TEST_F(MirrorTest, Hostile171_TagsGoToMirrorsWhenConfigured) {
  expect_image(*mirrored(":1", "pull-from-mirror=\"tag-only\""));
  EXPECT_EQ(asked(first_), 4U);
  EXPECT_EQ(asked(origin_), 0U);
  expect_image(*mirrored(by_digest(), "pull-from-mirror=\"tag-only\""));
  EXPECT_EQ(asked(first_), 4U);
}

TEST_F(MirrorTest, Hostile171_AMirrorThatDoesNotServeIsPassedOver) {
  struct Case {
    Answer answer;
    const char* part;
  };
  for (const auto& one :
       std::vector<Case>{{{.status = 500}, "500"},
                         {{.status = 404}, "there is no"},
                         {{.status = 401}, "wants a login"},
                         {{.status = 403}, "403"},
                         {{.close_unanswered = true}, "waiting for an answer"},
                         {{200, {{"Content-Type", "text/html"}}, "<html>"}, "not a registry"}}) {
    const auto before = asked(second_);
    first_.decide([&](const Received&) { return one.answer; });
    expect_image(*mirrored(by_digest()));
    EXPECT_EQ(asked(second_) - before, 4U) << one.part;
    EXPECT_THAT(reporter_.lines(),
                testing::Contains(testing::AllOf(testing::StartsWith("note: the mirror " + first_.host()),
                                                 HasSubstr(one.part))));
  }
  EXPECT_EQ(asked(origin_), 0U);
}

TEST_F(MirrorTest, Hostile171_AMirrorThatIsDownIsAskedOnce) {
  first_.decide([](const Received&) { return Answer{.close_unanswered = true}; });
  const auto source = mirrored(by_digest());
  expect_image(*source);
  const auto before = asked(first_);
  expect_image(*source);
  EXPECT_EQ(asked(first_), before);
}

TEST_F(MirrorTest, Hostile171_AMirrorIsNotWaitedForAsTheRegistryIs) {
  retries_ = {.attempts = 20, .wait = registry::RetryPolicy::Time(1)};
  std::atomic<int> refused = 0;
  first_.decide([](const Received&) { return Answer{503}; });
  second_.decide([](const Received&) { return Answer{429, {{"Retry-After", "30"}}}; });
  origin_.decide([&](const Received&) -> std::optional<Answer> {
    return ++refused <= 10 ? std::optional(Answer{503}) : std::nullopt;
  });
  EXPECT_EQ(mirrored(by_digest())->root().digest, image_.root().digest);
  EXPECT_EQ(asked(first_), 3U);
  EXPECT_EQ(asked(second_), 1U);
  EXPECT_EQ(asked(origin_), 11U);
}

TEST_F(MirrorTest, Hostile104_AWrongDigestLeadsToTheNextMirror) {
  for (const std::string part : {"manifest", "blob"}) {
    first_.decide([&](const Received& request) -> std::optional<Answer> {
      if (request.target.find('/' + part + "s/") == std::string::npos) return std::nullopt;
      return Answer{
          200, {{"Content-Type", std::string(layers::media_type::oci_manifest)}}, std::string(10000, 'x')};
    });
    expect_image(*mirrored(by_digest()));
    EXPECT_THAT(reporter_.lines(),
                testing::Contains(testing::AllOf(testing::StartsWith("note: the mirror " + first_.host()),
                                                 HasSubstr(part))));
  }
  EXPECT_EQ(asked(origin_), 0U);
}

TEST_F(MirrorTest, Hostile171_ABlobThatEndsEarlyOrLiesAtItsEndIsNotHandedOn) {
  const auto layer = layers::parse_manifest(image_.root(), "the image").layers[1];
  auto bytes = read_blob(image_, layer);
  bytes.back() = static_cast<char>(~bytes.back());
  for (const auto& answer : {Answer{.body = bytes}, Answer{.body = bytes, .cut_after = 4000}}) {
    first_.decide([&](const Received& request) -> std::optional<Answer> {
      return request.target.ends_with(layer.digest.text()) ? std::optional(answer) : std::nullopt;
    });
    expect_image(*mirrored(by_digest()));
  }
}

TEST_F(MirrorTest, Hostile171_AStaleTagOfAMirrorIsNotSeen) {
  auto old = make_image("old");
  first_.put_manifest("shop/api", "1", old.root());
  expect_image(*mirrored(":1"));
  // Not even where a mirror may be asked for tags does it get away with half an image.
  const auto layers = layers::parse_manifest(old.root(), "the old image").layers;
  const auto source = mirrored(":1", "pull-from-mirror=\"all\"");
  EXPECT_EQ(source->root().digest, old.root().digest);
  expect_error(ErrorKind::not_found, origin_.host(), [&] { source->open_blob(layers[0]); });
}

TEST_F(MirrorTest, WhatWasAttachedLaterIsFoundInTheRegistry) {
  const auto digest = image_.root().digest;
  const auto attached = add_referrer(image_, digest, "of the registry");
  origin_.serve_referrers();
  origin_.put_manifest("shop/api", "signature", attached);
  const auto source = mirrored(by_digest());
  ASSERT_EQ(source->referrers(digest).size(), 1U);
  EXPECT_EQ(source->referrers(digest)[0].digest, attached.digest);
  EXPECT_EQ(source->tagged("signature")->digest, attached.digest);
  EXPECT_FALSE(source->tagged("other"));
  EXPECT_EQ(asked(first_) + asked(second_), 0U);
}

TEST_F(MirrorTest, WhatWasAttachedLaterIsFoundInAMirrorForTags) {
  const auto digest = image_.root().digest;
  const auto attached = add_referrer(image_, digest, "of a mirror");
  second_.serve_referrers();
  second_.put_manifest("shop/api", "signature", attached);
  origin_.decide([](const Received&) { return Answer{.status = 503}; });
  const auto source = mirrored(by_digest(), "pull-from-mirror=\"all\"");
  ASSERT_EQ(source->referrers(digest).size(), 1U);
  EXPECT_EQ(source->referrers(digest)[0].digest, attached.digest);
  EXPECT_EQ(source->tagged("signature")->digest, attached.digest);
}

TEST_F(MirrorTest, WithoutAMirrorTheRegistrysErrorCounts) {
  for (auto* registry : {&first_, &second_, &origin_})
    registry->decide([](const Received&) { return Answer{.status = 404}; });
  expect_error(ErrorKind::not_found, origin_.host(), [&] { mirrored(by_digest())->root(); });
  stop_.request_stop();
  expect_error(ErrorKind::interrupted, "", [&] { mirrored(by_digest())->root(); });
}

TEST_F(MirrorTest, Hostile171_CredentialsOfTheRegistryNeverGoToMirrors) {
  write_config(
      fmt::format(R"({{"auths":{{"{}":{{"auth":"{}"}}}}}})", origin_.host(), base64_encoded("user:canary")));
  const auto demand = [](const Received& request) -> std::optional<Answer> {
    if (request.header("authorization") == "Basic " + base64_encoded("user:canary")) return std::nullopt;
    return Answer{401, {{"WWW-Authenticate", "Basic realm=x"}}};
  };
  for (auto* registry : {&first_, &second_, &origin_}) registry->decide(demand);
  expect_image(*mirrored(by_digest()));
  EXPECT_GT(asked(origin_), 3U);
  for (const auto* mirror : {&first_, &second_}) {
    EXPECT_GT(asked(*mirror), 0U);
    for (const auto& request : mirror->server().requests()) EXPECT_EQ(request.header("authorization"), "");
  }
}

TEST_F(MirrorTest, PushesGoToTheRegistry) {
  mirrored(by_digest());
  const auto to = access_->destination(registry::Place::parse(origin_.host() + "/shop/other:1"));
  copy(image_, *to, {"1"});
  EXPECT_EQ(asked(first_) + asked(second_), 0U);
  EXPECT_EQ(origin_.tag("shop/other", "1"), image_.root().digest);
}

}  // namespace
}  // namespace whittle::test
