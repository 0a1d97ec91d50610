#include "registry/answers.hpp"
#include "registry/registry_error.hpp"
#include "tests/support/fake_registry.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

namespace media_type = layers::media_type;
using registry::RegistryError;

class RegistrySourceTest : public PlaceTest {
 protected:
  RegistrySourceTest() {
    document_ = std::make_unique<layers::Document>(add_image(image_, "one"));
    image_.set_root(*document_);
    publish(image_, *document_, "1");
  }
  void publish(MemoryImage& image, const layers::Document& document, const std::string& tag) {
    const auto manifest = layers::parse_manifest(document, "m");
    registry_.put_blob("shop/api", read_blob(image, manifest.config));
    for (const auto& layer : manifest.layers) registry_.put_blob("shop/api", read_blob(image, layer));
    registry_.put_manifest("shop/api", tag, document);
  }
  std::string place(const std::string& tag = ":1") const { return registry_.host() + "/shop/api" + tag; }
  layers::Descriptor layer() const { return layers::parse_manifest(*document_, "m").layers[1]; }
  static Answer manifest_answer(const std::string& type, const std::string& bytes,
                                std::vector<std::pair<std::string, std::string>> headers = {}) {
    if (!type.empty()) headers.emplace_back("Content-Type", type);
    return {200, std::move(headers), bytes};
  }

  MemoryImage image_;
  std::unique_ptr<layers::Document> document_;
  FakeRegistry registry_;
};

TEST_F(RegistrySourceTest, ReadsAnImage) {
  const auto from = source(place());
  EXPECT_EQ(from->root().bytes, document_->bytes);
  EXPECT_EQ(from->manifest(document_->descriptor()).bytes, document_->bytes);
  EXPECT_EQ(read_blob(*from, layer()), read_blob(image_, layer()));
  EXPECT_THAT(registry_.server().requests()[0].header("accept"),
              testing::AllOf(testing::HasSubstr(std::string(media_type::oci_index)),
                             testing::HasSubstr(std::string(media_type::oci_manifest)),
                             testing::HasSubstr(std::string(media_type::docker_index)),
                             testing::HasSubstr(std::string(media_type::docker_manifest))));
  EXPECT_EQ(registry_.count("GET", "/v2/"), 3U);  // and no ping
  EXPECT_EQ(from->mountable_from(layer(), registry_.host()), std::vector<std::string>{"shop/api"});
  EXPECT_TRUE(from->mountable_from(layer(), "other").empty());
}

TEST_F(RegistrySourceTest, TheTagIsLatestByDefault) {
  registry_.put_manifest("shop/api", "latest", *document_);
  EXPECT_EQ(source(place(""))->root().digest, document_->digest);
}

TEST_F(RegistrySourceTest, AbsenceIsNotFound) {
  expect_error(ErrorKind::not_found, "tag 9", [&] { source(place(":9"))->root(); });
  const layers::Descriptor absent{"x/y", Digest::of("absent"), 6};
  expect_error(ErrorKind::not_found, absent.digest.text(), [&] { source(place())->open_blob(absent); });
  expect_error(ErrorKind::not_found, absent.digest.text(), [&] { source(place())->manifest(absent); });
}

TEST_F(RegistrySourceTest, Hostile104_AnotherBodyThanTheDigest) {
  const auto pinned = place("@" + document_->digest.text());
  EXPECT_EQ(source(pinned)->root().bytes, document_->bytes);
  registry_.fault("GET", "/manifests/", manifest_answer(document_->media_type, document_->bytes + " "), 9);
  expect_error(ErrorKind::integrity, document_->digest.text(), [&] { source(pinned)->root(); });
  expect_error(ErrorKind::integrity, document_->digest.text(),
               [&] { source(place())->manifest(document_->descriptor()); });
}

TEST_F(RegistrySourceTest, Hostile105_TheDigestHeader) {
  const auto lie = Digest::of("lie").text();
  const auto lying =
      manifest_answer(document_->media_type, document_->bytes, {{"Docker-Content-Digest", lie}});
  registry_.fault("GET", "/manifests/sha256", lying);
  expect_error(ErrorKind::integrity, lie, [&] { source(place("@" + document_->digest.text()))->root(); });
  registry_.fault("GET", "/manifests/1", lying);
  EXPECT_EQ(source(place())->root().digest, document_->digest);
  EXPECT_THAT(reporter_.lines(),
              testing::Contains(testing::AllOf(testing::StartsWith("warn: "), testing::HasSubstr(lie))));
  registry_.fault("GET", "/manifests/", manifest_answer(document_->media_type, document_->bytes), 2);
  EXPECT_EQ(source(place())->root().digest, document_->digest);
  EXPECT_EQ(source(place("@" + document_->digest.text()))->root().digest, document_->digest);
}

TEST_F(RegistrySourceTest, Hostile106_TypesThatDisagree) {
  registry_.fault("GET", "/manifests/", manifest_answer(std::string(media_type::oci_index), document_->bytes),
                  2);
  expect_error(ErrorKind::integrity, "", [&] { source(place())->root(); });
  expect_error(ErrorKind::integrity, "", [&] { source(place())->manifest(document_->descriptor()); });
  auto other = document_->descriptor();
  other.media_type = media_type::oci_index;
  expect_error(ErrorKind::integrity, "descriptor states", [&] { source(place())->manifest(other); });
}

TEST_F(RegistrySourceTest, Hostile107_TypesThatSayLittle) {
  for (const std::string type : {"", "application/json", "text/plain; charset=utf-8",
                                 "Application/VND.oci.image.manifest.v1+JSON; charset=utf-8"}) {
    registry_.fault("GET", "/manifests/", manifest_answer(type, document_->bytes));
    EXPECT_EQ(source(place())->root().media_type, media_type::oci_manifest) << type;
  }
}

TEST_F(RegistrySourceTest, Hostile108_OldSchemas) {
  registry_.fault("GET", "/manifests/",
                  manifest_answer("application/vnd.docker.distribution.manifest.v1+prettyjws",
                                  R"({"schemaVersion":1,"fsLayers":[]})"));
  expect_error(ErrorKind::unsupported, "", [&] { source(place())->root(); });
}

TEST_F(RegistrySourceTest, Hostile109_SizesOfDescriptors) {
  for (const int change : {-1, 1}) {
    auto wrong = document_->descriptor();
    wrong.size += static_cast<std::uint64_t>(change);
    expect_error(ErrorKind::integrity, "descriptor states", [&] { source(place())->manifest(wrong); });
    auto blob = layer();
    blob.size += static_cast<std::uint64_t>(change);
    expect_error(ErrorKind::integrity, "bytes", [&] { read_blob(*source(place()), blob); });
  }
}

TEST_F(RegistrySourceTest, Hostile114_ADocumentTooLarge) {
  registry_.fault("GET", "/manifests/",
                  manifest_answer(document_->media_type, std::string((8U << 20U) + 1, ' ')));
  expect_error(ErrorKind::limit, "limit", [&] { source(place())->root(); });
}

TEST_F(RegistrySourceTest, Hostile132_BlobsThatAreNotWhole) {
  const auto whole = read_blob(image_, layer());
  const auto fail = [&](ErrorKind kind, Answer answer) {
    registry_.fault("GET", "/blobs/", std::move(answer));
    expect_error(kind, "", [&] { read_blob(*source(place()), layer()); });
  };
  fail(ErrorKind::network, {.body = whole, .cut_after = 100});
  fail(ErrorKind::integrity, {200, {}, whole.substr(1)});
  fail(ErrorKind::integrity, {200, {}, whole + "x"});
  fail(ErrorKind::integrity, {200, {}, std::string(whole.size(), 'x')});
  fail(ErrorKind::integrity, {.body = whole.substr(0, 50), .without_length = true});
}

TEST_F(RegistrySourceTest, Hostile134_ALoginPage) {
  const Answer page{
      200, {{"Content-Type", "text/html; charset=utf-8"}}, "<html>\x1b[31mPlease log in</html>"};
  registry_.fault("GET", "/v2/", page, 2);
  const auto error =
      expect_error(ErrorKind::registry, "not a registry answer", [&] { source(place())->root(); });
  EXPECT_THAT(error.message(), testing::AllOf(testing::HasSubstr("text/html"), testing::HasSubstr("<html>"),
                                              testing::Not(testing::HasSubstr("\x1b"))));
  expect_error(ErrorKind::registry, "not a registry answer", [&] { source(place())->open_blob(layer()); });
  registry_.fault("GET", "/v2/", {404, {{"Content-Type", "text/html"}}, "<html>"});
  expect_error(ErrorKind::registry, "not a registry answer", [&] { source(place())->root(); });
}

TEST_F(RegistrySourceTest, Hostile168_OnlyDocumentedStatuses) {
  for (const int status : {204, 206, 304, 201, 300}) {
    registry_.fault("GET", "/v2/", {status, {}, status == 204 || status == 304 ? "" : document_->bytes});
    expect_error(ErrorKind::registry, std::to_string(status), [&] { source(place())->root(); });
    registry_.fault("GET", "/blobs/", {status, {}, ""});
    expect_error(ErrorKind::registry, std::to_string(status), [&] { source(place())->open_blob(layer()); });
  }
}

TEST_F(RegistrySourceTest, Hostile162_ErrorBodies) {
  const auto message = [&](Answer answer) {
    answer.status = 400;
    registry_.fault("GET", "/manifests/", std::move(answer));
    return expect_error(ErrorKind::registry, "400", [&] { source(place())->root(); }).message();
  };
  EXPECT_THAT(message(refusal(400, "NAME_INVALID", "invalid \x1b[1mname")),
              testing::HasSubstr("400 NAME_INVALID: invalid \\x1b[1mname"));
  EXPECT_THAT(message({0, {}, R"({"errors":null})"}), testing::HasSubstr("errors"));
  EXPECT_THAT(
      message(
          {0, {}, R"({"errors":[{"code":1,"message":{}},{"code":"A","detail":[[[]]]},{"message":"b"}]})"}),
      testing::HasSubstr("400 A; b"));
  EXPECT_THAT(message({0, {{"Content-Type", "text/html"}}, "<html>no"}),
              testing::HasSubstr("text/html: \"<html>no\""));
  EXPECT_THAT(message({0, {}, std::string(100U << 20U, 'x')}), testing::HasSubstr("xxx"));
  EXPECT_THAT(message({0, {}, ""}), testing::EndsWith("400"));
  EXPECT_THAT(message({.body = R"({"errors":[{"code":"A","message":"cut)", .cut_after = 20}),
              testing::HasSubstr("400"));
  try {
    registry_.fault("GET", "/manifests/", refusal(429, "TOOMANYREQUESTS", "slow down"));
    source(place())->root();
    ADD_FAILURE();
  } catch (const RegistryError& error) {
    EXPECT_EQ(error.status(), 429);
    EXPECT_TRUE(error.has_code("TOOMANYREQUESTS"));
    EXPECT_TRUE(error.retryable());
    EXPECT_THAT(error.url(), testing::EndsWith("/v2/shop/api/manifests/1"));
  }
}

TEST_F(RegistrySourceTest, Hostile161_WarningsAreToldOnce) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (int i = 0; i < 3000; ++i)
    headers.emplace_back("Warning", R"(299 - "text \")" + std::to_string(i % 400) + " \x1b[1m\"");
  headers.emplace_back("Warning", "199 - \"not this\"");
  registry_.fault("GET", "/manifests/", manifest_answer(document_->media_type, document_->bytes, headers), 2);
  source(place())->root();
  source(place())->root();
  const auto lines = reporter_.lines();
  EXPECT_THAT(lines.size(), testing::AllOf(testing::Gt(100U), testing::Lt(400U)));
  EXPECT_THAT(lines[0], testing::HasSubstr("text \"0 \\x1b[1m"));
}

TEST_F(RegistrySourceTest, Hostile164_BlobsMayLieElsewhere) {
  HttpServer storage([&](const Received&) { return Answer{200, {}, read_blob(image_, layer())}; });
  registry_.fault("GET", "/blobs/", {307, {{"Location", storage.url("/signed?sig=canary")}}});
  EXPECT_EQ(read_blob(*source(place()), layer()), read_blob(image_, layer()));
  HttpServer broken([](const Received&) { return Answer{403, {}, "<Error>expired"}; });
  registry_.fault("GET", "/blobs/", {307, {{"Location", broken.url("/signed?sig=canary")}}});
  const auto error =
      expect_error(ErrorKind::auth, broken.host(), [&] { source(place())->open_blob(layer()); });
  EXPECT_THAT(error.message(), testing::Not(testing::HasSubstr("canary")));
  EXPECT_TRUE(error.hints().empty());  // no login of the registry's helps there
}

TEST_F(RegistrySourceTest, Hostile128_ATagThatMovesMeanwhile) {
  // The first answer is the old one; whoever asks for the tag again gets another image.
  registry_.put_manifest("shop/api", "1", add_image(image_, "two"));
  registry_.fault("GET", "/manifests/1", manifest_answer(document_->media_type, document_->bytes));
  const auto to = destination("oci:" + (path() / "moved").native() + ":1");
  EXPECT_EQ(copy(*source(place()), *to, {"1"}).root.digest, document_->digest);
  EXPECT_EQ(registry_.count("GET", "/manifests/1"), 1U);
}

}  // namespace
}  // namespace whittle::test
