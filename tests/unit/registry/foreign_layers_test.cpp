// Foreign layers: left where they are unless asked for, and then fetched with nothing but their name (hostile
// 113).
#include "registry/foreign_layers.hpp"

#include "registry/http_transport.hpp"
#include "tests/support/fake_registry.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using registry::ForeignLayers;
using registry::HttpTransport;
using testing::HasSubstr;

constexpr std::string_view foreign_type = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

class ForeignLayersTest : public PlaceTest {
 protected:
  layers::Descriptor layer(std::vector<std::string> urls) const {
    layers::Descriptor descriptor{std::string(foreign_type), Digest::of(bytes_), bytes_.size()};
    descriptor.urls = std::move(urls);
    return descriptor;
  }
  // An image with a layer that only `server_` has.
  MemoryImage image() const {
    MemoryImage image;
    const auto config = image.add_blob(std::string(layers::media_type::oci_config), "{}");
    const auto document = layers::write_manifest({std::string(layers::media_type::oci_manifest),
                                                  config,
                                                  {layer({server_.url("/layer?signature=canary")})}});
    image.add_document(document);
    image.set_root(document);
    return image;
  }
  registry::Access& allowing() {
    if (!access_) {
      auto with = options();
      with.plain_http_hosts = {server_.host()};
      access_ = std::make_unique<registry::Access>(with, reporter_, stop_.get_token());
    }
    return *access_;
  }
  registry::CopyResult copy_with_foreign(registry::ImageSource& from, registry::ImageDestination& to) {
    registry::CopyOptions options;
    options.tags = {"1"};
    options.foreign = [this](const layers::Descriptor& one) { return allowing().open_foreign(one); };
    return registry::copy_image(from, to, options, reporter_, {});
  }
  const std::string bytes_ = "the bytes of a foreign layer";
  Answer answer_{200, {}, bytes_};
  HttpServer server_{[this](const Received&) { return answer_; }};

 private:
  std::unique_ptr<registry::Access> access_;
};

TEST_F(ForeignLayersTest, Hostile113_OnlyOnRequestAndTheDigestIsKept) {
  auto from = image();
  EXPECT_EQ(copy(from, *destination("oci:" + (path() / "without").native()), {"1"}).blobs_sent, 1U);
  EXPECT_TRUE(server_.requests().empty());

  write_config(R"({"auths":{")" + server_.host() + R"(":{"auth":"Y2FuYXJ5OmNhbmFyeQ=="}}})");
  answer_.headers = {{"Set-Cookie", "canary=1"}};
  FakeRegistry registry;
  const auto place = registry.host() + "/shop/api";
  EXPECT_EQ(copy_with_foreign(from, *destination(place)).root.digest, from.root().digest);
  EXPECT_TRUE(registry.has_blob("shop/api", Digest::of(bytes_)));
  EXPECT_EQ(registry.tag("shop/api", "1"), from.root().digest);
  ASSERT_EQ(server_.requests().size(), 1U);
  EXPECT_EQ(server_.requests()[0].header("authorization"), "");
  EXPECT_EQ(server_.requests()[0].header("cookie"), "");

  // What has it already is not asked for its URLs.
  EXPECT_EQ(copy_with_foreign(*source(place + ":1"), *destination("oci:" + (path() / "layout").native()))
                .blobs_sent,
            2U);
  EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(ForeignLayersTest, Hostile113_WhatIsNotAsked) {
  HttpTransport transport({}, {});
  ForeignLayers layers(transport, {});
  for (const std::string& url :
       {server_.url("/x"), "https://" + server_.host() + "/", std::string("https://10.0.0.1/"),
        std::string("https://[fe80::1]/"), std::string("https://localhost/"), std::string("https://0x7f.1/"),
        std::string("http://example.com/"), std::string("file:///etc/passwd"),
        std::string("https://u:canary@example.com/")}) {
    const auto error =
        expect_error(ErrorKind::not_found, "none of its URLs", [&] { layers.open(layer({url})); });
    EXPECT_THAT(error.message(), testing::Not(HasSubstr("canary")));
  }
  expect_error(ErrorKind::not_found, "it has none", [&] { layers.open(layer({})); });
  EXPECT_EQ(server_.connections(), 0U);
}

TEST_F(ForeignLayersTest, Hostile113_AnswersThatAreNotTheLayer) {
  const auto fetch = [&](std::vector<std::string> urls) {
    return read_all(*allowing().open_foreign(layer(std::move(urls))), 1000, "a layer");
  };
  EXPECT_EQ(fetch({"ftp://x/", server_.url("/x")}), bytes_);
  answer_ = {404, {}, "gone"};
  expect_error(ErrorKind::not_found, "404", [&] { fetch({server_.url("/x?canary")}); });
  answer_ = {302, {{"Location", "http://10.0.0.1/"}}};
  expect_error(ErrorKind::not_found, "plain http", [&] { fetch({server_.url("/x")}); });
  answer_ = {200, {}, bytes_ + "!"};
  expect_error(ErrorKind::integrity, "foreign layer", [&] { fetch({server_.url("/x")}); });
  answer_ = {200, {}, std::string(bytes_.size(), 'x')};
  expect_error(ErrorKind::integrity, "foreign layer", [&] { fetch({server_.url("/x")}); });
}

// A name may lead anywhere: what it resolves to counts.
TEST_F(ForeignLayersTest, Hostile113_ANameOfAPrivateAddress) {
  registry::TransportOptions options;
  options.only_public = [](const registry::Url&) { return true; };
  HttpTransport transport(std::move(options), {});
  expect_error(ErrorKind::registry, "private address", [&] {
    transport.send({"GET", registry::Url::parse(server_.url("/x"))});
  });
  EXPECT_EQ(server_.connections(), 0U);
}

}  // namespace
}  // namespace whittle::test
